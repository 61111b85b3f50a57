//! The storage driver of a container registry: upstream's `StorageDriver` contract over OSS.
//!
//! A file is an object; a directory exists because longer names begin with its path. Content is uploaded in parts and
//! published as a whole: [`upload::Upload`] is the multipart upload as a state machine without I/O, and a session
//! (`session`) sends the requests that it asks for. Writers, continued files and moves of large objects are sessions
//! that begin and end differently.
//!
//! Nothing exists in the instance alone: an upload that was not committed is found again in OSS's list of uploads, and
//! its bytes that fill no part are in an object beside it (`checkpoint`).

mod append;
mod checkpoint;
mod conditions;
mod content;
mod delete;
mod delete_files;
mod driver;
mod endpoint;
mod error;
mod existing;
mod fetch;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod list;
mod moving;
mod options;
mod page;
mod parameters;
mod part_size;
mod path;
mod publish;
mod reader;
#[cfg(test)]
mod reader_tests;
mod resume;
mod session;
mod stat;
mod stored;
mod unchecked;
pub mod upload;
mod upload_pages;
mod uploads;
mod url;
mod walk;
mod write_stream;
mod writer;
mod written;

pub use conditions::{PublishOptions, TimeSpan, WriteOptions};
pub use content::{Content, End};
pub use driver::{Driver, MAX_CONTENT, NAME};
pub use error::{DriverError, Leftover, PathFailure, Reason};
pub use list::PathListing;
pub use options::{BlobOptions, Options};
pub use page::{DirectoryPage, PageOptions};
pub use parameters::Parameters;
pub use part_size::{MAX_OBJECT, MAX_PARTS, MIN_PART};
pub use path::Path;
pub use reader::{ReadOptions, Reader};
pub use stat::FileInfo;
pub use stored::Stored;
pub use unchecked::UncheckedRead;
pub use upload::StoredPiece;
pub use uploads::{UploadInfo, Uploads};
pub use walk::Walk;
pub use writer::{Writer, WriterOptions, WriterStart};
pub use written::{Removed, Written};
