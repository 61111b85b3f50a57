//! The interfaces that the core needs from its environment: the storage driver, a clock, random numbers, and the
//! decision whether a request is allowed.
//!
//! [`Storage`] is the driver of contract 0.4, as far as a registry needs it. Each method states its requests to OSS,
//! and tests check the registry's requests against these numbers. No trait bound requires `Send`: a future of the core
//! is `Send` if the futures of its ports are.

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
