//! The blobs of a registry.

mod broken_content;
mod caller;
mod changes;
mod conditions;
mod download;
mod error;
mod handle;
mod info;
mod into_component;
mod operations;
mod out_of_component;
mod outgoing;
mod page;
mod pieces;
mod read;
mod start;
mod state;
mod stored;
mod walk;
mod write;
mod writer;
mod writer_bytes;
mod writer_operations;

pub use broken_content::BrokenContent;
pub use conditions::{PublishOptions, ReadCondition, ReadOptions, WriteOptions};
pub use download::Download;
pub use error::{BlobError, BlobReason, Cause};
pub use handle::Blobs;
pub use info::{FileInfo, PathListing, SignedUrl, UploadInfo, UrlMethod};
pub use page::{DirectoryPage, PageOptions};
pub use start::{WriterOptions, WriterStart};
pub use state::{FileContent, FileState, FileTail, Removal, WrittenFile};
pub use stored::{StoredContent, StoredPiece};
pub use walk::{Entries, Uploads, Walk};
pub use writer::Writer;
