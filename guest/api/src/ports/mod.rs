//! The interfaces that the core needs from its environment: the certificates, locks and blobs of one tenant.
//!
//! No trait bound requires `Send`: a future of the core is `Send` if the futures of its ports are.

mod all;
mod blobs;
mod certificates;
mod error;
mod locks;
mod upload;

pub use all::Ports;
pub use blobs::{Blobs, Download, Entry, FileState, PageRequest, ReadRequest, SignedUrl, UrlMethod, UrlRequest};
pub use blobs::{Page, Publishing, WriteRequest, WrittenFile};
pub use certificates::{Certificates, KeyEntry, KeyInfo, KeyListing, ListedValue};
pub use error::{Left, OssAnswer, StorageError, StorageErrorKind};
pub use locks::{Holder, Lease, LockError, LockInfo, LockState, Locks, Released, Window};
pub use upload::{ContentError, Upload, UploadStart};
