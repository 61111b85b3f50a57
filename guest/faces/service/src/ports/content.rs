//! Content and entries on their way out.

use super::error::blob_error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use ossicle_api::ports::{Entry, StorageError};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{DriverError, FileInfo};
use ossicle_face_storage::streams;
use std::pin::Pin;
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

/// A stream that ends with an error where not all of it came.
pub type Checked<T> = Pin<Box<dyn Stream<Item = Result<T, StorageError>>>>;

/// How many entries are taken from a stream at once: what one listing has.
const AT_ONCE: usize = 1000;

fn checked<T: 'static>(
    items: impl Stream<Item = T> + 'static,
    end: FutureReader<Result<(), DriverError>>,
) -> Checked<T> {
    let end = stream::once(async { end.await });
    let end = end.filter_map(async |end| end.err().map(|error| Err(blob_error(error))));
    Box::pin(items.map(Ok).chain(end))
}

/// A file's content.
pub fn content(content: StreamReader<u8>, end: FutureReader<Result<(), DriverError>>) -> Checked<Bytes> {
    checked(streams::pieces(content), end)
}

/// Everything below a directory.
pub fn entries(infos: StreamReader<FileInfo>, end: FutureReader<Result<(), DriverError>>) -> Checked<Entry> {
    let batches = stream::unfold(Some(infos), async |infos| {
        let mut infos = infos?;
        let (result, batch) = infos.read(Vec::with_capacity(AT_ONCE)).await;
        let goes_on = matches!(result, StreamResult::Complete(_));
        Some((batch, goes_on.then_some(infos)))
    });
    checked(batches.flat_map(|batch| stream::iter(batch.into_iter().map(entry))), end)
}

/// A file or directory, as the core has it.
pub fn entry(info: FileInfo) -> Entry {
    let modified = (!info.is_dir).then_some(info.modified);
    Entry { path: info.path, is_directory: info.is_dir, size: info.size, modified, etag: info.etag }
}
