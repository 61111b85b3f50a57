//! Returns content and lists in pieces. Each piece is fetched when the caller asks for it, so a slow caller slows down
//! the download.

use std::cell::RefCell;

use bytes::Bytes;

use super::executor::run;
use super::piece;
use crate::blob;
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{
    DirectoryWalk, DriverError, FileInfo, FileReader, FileState, GuestDirectoryWalk, GuestFileReader, GuestUploadList,
    UploadInfo, UploadList,
};

/// A file that is read.
pub(in crate::wasi) type Read = (FileState, FileReader);

/// A walk.
pub(in crate::wasi) type Walked = DirectoryWalk;

/// A list of uploads, after the `Date` of OSS's first response.
pub(in crate::wasi) type Listed = (Option<u64>, UploadList);

/// Returns a file to read.
pub(in crate::wasi) fn read(reader: blob::Reader<Wasi>) -> Read {
    let state = reader.state().clone().into();
    (state, FileReader::new(Reader(RefCell::new(Reading { reader, chunk: Bytes::new(), failure: None }))))
}

/// Returns a walk.
pub(in crate::wasi) fn walk(walk: blob::Walk<Wasi>) -> Walked {
    DirectoryWalk::new(Walk(RefCell::new(walk)))
}

/// Returns a list of uploads.
pub(in crate::wasi) fn uploads(uploads: blob::Uploads<Wasi>) -> Listed {
    (uploads.date(), UploadList::new(Uploads(RefCell::new(uploads))))
}

/// A file that is being read.
pub(in crate::wasi) struct Reader(RefCell<Reading>);

struct Reading {
    reader: blob::Reader<Wasi>,
    /// Bytes that were received but not returned yet.
    chunk: Bytes,
    /// The error of the read. Every later call returns it again, so that an end is not taken for the end of the file.
    failure: Option<blob::DriverError>,
}

impl Reading {
    fn next(&mut self, most: usize) -> Result<Bytes, blob::DriverError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.chunk.is_empty() {
            let chunk = run(self.reader.chunk()).inspect_err(|error| self.failure = Some(error.clone()))?;
            self.chunk = chunk.unwrap_or_default();
        }
        Ok(self.chunk.split_to(most.min(self.chunk.len())))
    }
}

impl GuestFileReader for Reader {
    fn read(&self, most: u32) -> Result<Vec<u8>, DriverError> {
        let most = usize::try_from(most).unwrap_or(piece::MAX_PIECE).clamp(1, piece::MAX_PIECE);
        Ok(self.0.borrow_mut().next(most)?.into())
    }
}

/// A walk.
pub(in crate::wasi) struct Walk(RefCell<blob::Walk<Wasi>>);

impl GuestDirectoryWalk for Walk {
    fn next(&self) -> Result<Vec<FileInfo>, DriverError> {
        page(run(self.0.borrow_mut().page()))
    }
}

/// A list of uploads.
pub(in crate::wasi) struct Uploads(RefCell<blob::Uploads<Wasi>>);

impl GuestUploadList for Uploads {
    fn next(&self) -> Result<Vec<UploadInfo>, DriverError> {
        page(run(self.0.borrow_mut().page()))
    }
}

/// An empty page comes after the last one.
fn page<T, U: From<T>>(page: Result<Option<Vec<T>>, blob::DriverError>) -> Result<Vec<U>, DriverError> {
    Ok(page?.into_iter().flatten().map(Into::into).collect())
}
