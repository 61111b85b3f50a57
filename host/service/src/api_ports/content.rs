//! Content and entries on their way out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use ossicle::{Download, FileInfo, Walk};
use ossicle_api::ports::{Entry, StorageError};

use super::error::blob_error;
use super::time::seconds;

/// The content of a file that is being read.
#[derive(Debug)]
pub struct FileContent(pub(super) Download);

impl Stream for FileContent {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context).map_err(|error| blob_error(&error))
    }
}

/// Everything below a directory.
#[derive(Debug)]
pub struct WalkedEntries(pub(super) Walk);

impl Stream for WalkedEntries {
    type Item = Result<Entry, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context).map_ok(entry).map_err(|error| blob_error(&error))
    }
}

/// A file or directory, as the core has it.
pub(super) fn entry(info: FileInfo) -> Entry {
    let modified = (!info.is_dir).then(|| seconds(info.modified));
    Entry { path: info.path, is_directory: info.is_dir, size: info.size, modified, etag: info.etag }
}
