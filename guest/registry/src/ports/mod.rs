//! What the core asks of its surroundings: the storage driver, a clock, random numbers and the decision who may do what.
//!
//! [`Storage`] is contract 0.4's driver as far as a registry needs it. Each method says what it costs in requests to OSS;
//! the registry's budget is asserted against these numbers. No trait bound asks for `Send`: a future of the core is `Send`
//! where the futures of the ports given to it are.

mod access;
mod all;
mod clock;
mod entropy;
mod error;
mod listing;
mod object;
mod storage;
mod upload;
mod window;
mod writer;

pub use access::{Access, AccessDecision, AccessRequest, Action, Anyone, Resource};
pub use all::Ports;
pub use clock::Clock;
pub use entropy::Entropy;
pub use error::{StorageError, StorageErrorKind};
pub use listing::{Depth, Entry, ListRequest, Page};
pub use object::{ByteRange, Loaded, ObjectInfo, Opened, SignedUrl, Written};
pub use storage::{Failed, Storage};
pub use upload::{Upload, UploadPage};
pub use window::{Guard, OssTime, Window};
pub use writer::{ContentError, Writer, WriterStart};
