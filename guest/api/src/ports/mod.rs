//! What the core asks of its surroundings: the certificates, locks and blobs of one tenant.
//!
//! No trait bound asks for `Send`: a future of the core is `Send` where the futures of the ports given to it are.

mod all;
mod blobs;
mod certificates;
mod error;
mod locks;
mod upload;

pub use all::Ports;
pub use blobs::{Blobs, Download, Entry, FileState, PageRequest, ReadRequest, UrlMethod, UrlRequest, UrlSigned};
pub use blobs::{Page, Publishing, WriteRequest, WrittenFile};
pub use certificates::{Certificates, KeyEntry, KeyInfo, KeyListing, ListedValue};
pub use error::{Left, OssAnswer, StorageError, StorageErrorKind};
pub use locks::{Holder, Lease, LockError, LockInfo, LockState, Locks, Released, Window};
pub use upload::{ContentError, Upload, UploadStart};
