//! Files that are read.

use super::content::StoredContent;
use super::error::storage_error;
use super::values::{UNCONDITIONAL, stated};
use bytes::Bytes;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{Driver, FileState, ReadCondition};
use ossicle_registry::ports::{ByteRange, Loaded, ObjectInfo, Opened, StorageError};

/// The longest end of a file that one request reads without its size being known.
const LONGEST_TAIL: u64 = 16 << 20;

/// What OSS states of a file, as the core has it.
fn info_of(path: &str, state: &FileState) -> Result<ObjectInfo, StorageError> {
    Ok(ObjectInfo { size: state.size, modified: stated(state.modified, path, "Last-Modified", false)? })
}

fn loaded(path: &str, state: &FileState, content: impl Into<Bytes>) -> Result<Loaded, StorageError> {
    let date = stated(state.date, path, "Date", false)?;
    Ok(Loaded { info: info_of(path, state)?, date, content: content.into() })
}

/// What is known of a file. 1 request.
pub async fn stat(driver: &Driver, path: &str) -> Result<ObjectInfo, StorageError> {
    let state = driver.stat_file(path.to_owned()).await.map_err(storage_error)?;
    info_of(path, &state)
}

/// Reads into memory. 1 request; 2 for more of a file's end than the driver reads at once.
pub async fn load(driver: &Driver, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
    match range {
        ByteRange::Whole => {
            let whole = driver.get_content(path.to_owned(), UNCONDITIONAL).await.map_err(storage_error)?;
            loaded(path, &whole.state, whole.content)
        }
        ByteRange::Last(length) if length <= LONGEST_TAIL => {
            let tail = driver.read_tail(path.to_owned(), length, UNCONDITIONAL).await.map_err(storage_error)?;
            loaded(path, &tail.state, tail.content)
        }
        ByteRange::Within { .. } | ByteRange::Last(_) => {
            let (state, opened) = begin(driver, path, range).await?;
            loaded(path, &state, opened.collect(path).await?)
        }
    }
}

/// Opens for reading. 1 request; 2 for a file's end, since where that begins is known from the size alone.
pub async fn open(driver: &Driver, path: &str, range: ByteRange) -> Result<Opened<StoredContent>, StorageError> {
    begin(driver, path, range).await.map(|(_, opened)| opened)
}

async fn begin(
    driver: &Driver,
    path: &str,
    range: ByteRange,
) -> Result<(FileState, Opened<StoredContent>), StorageError> {
    let (offset, length, condition) = match range {
        ByteRange::Whole => (0, None, UNCONDITIONAL),
        ByteRange::Within { offset, length } => (offset, Some(length), UNCONDITIONAL),
        ByteRange::Last(length) => {
            let state = driver.stat_file(path.to_owned()).await.map_err(storage_error)?;
            // The end of another content would be elsewhere.
            let condition = ReadCondition { if_match: state.etag, if_none_match: None };
            (state.size.saturating_sub(length), None, condition)
        }
    };
    // The core asks for no place behind a file's end, and OSS has no file that is so large.
    let start = i64::try_from(offset).unwrap_or(i64::MAX);
    let read = driver.read_stream(path.to_owned(), start, length, condition).await;
    let (state, content, end) = read.map_err(storage_error)?;
    let info = info_of(path, &state)?;
    let behind = info.size.saturating_sub(offset);
    let length = length.map_or(behind, |length| length.min(behind));
    Ok((state, Opened { info, length, content: StoredContent::new(content, end) }))
}
