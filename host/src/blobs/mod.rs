//! The blobs of a registry.

mod caller;
mod download;
mod error;
mod handle;
mod info;
mod into_component;
mod operations;
mod out_of_component;
mod pieces;
mod stored;
mod walk;
mod write;
mod writer;
mod writer_operations;

pub use download::Download;
pub use error::{BlobError, BlobReason, Cause};
pub use handle::Blobs;
pub use info::{FileInfo, PathListing, SignedUrl, UploadInfo, UrlMethod};
pub use stored::{StoredContent, StoredPiece};
pub use walk::{Entries, Uploads, Walk};
pub use writer::Writer;
