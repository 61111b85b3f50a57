//! Files that are read.

use bytes::Bytes;
use ossicle::{Blobs, FileState, ReadCondition, ReadOptions};
use ossicle_registry::ports::{ByteRange, Loaded, ObjectInfo, Opened, StorageError};

use super::content::StoredContent;
use super::error::storage_error;
use super::time::{oss_time, stated};

/// The longest end of a file that one request reads without its size being known.
const LONGEST_TAIL: u64 = 16 << 20;

/// What OSS states of a file, as the core has it.
fn info_of(path: &str, state: &FileState) -> Result<ObjectInfo, StorageError> {
    let modified = stated(state.modified, path, "Last-Modified", false)?;
    Ok(ObjectInfo { size: state.size, modified: oss_time(modified) })
}

fn loaded(path: &str, state: &FileState, content: Bytes) -> Result<Loaded, StorageError> {
    let date = oss_time(stated(state.date, path, "Date", false)?);
    Ok(Loaded { info: info_of(path, state)?, date, content })
}

/// What is known of a file. 1 request.
pub(super) async fn stat(blobs: &Blobs, path: &str) -> Result<ObjectInfo, StorageError> {
    let state = blobs.stat_file(path).await.map_err(storage_error)?;
    info_of(path, &state)
}

/// Reads into memory. 1 request; 2 for more of a file's end than the driver reads at once.
pub(super) async fn load(blobs: &Blobs, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
    match range {
        ByteRange::Whole => {
            let whole = blobs.get_with(path, ReadCondition::new()).await.map_err(storage_error)?;
            loaded(path, &whole.state, whole.content.into())
        }
        ByteRange::Last(length) if length <= LONGEST_TAIL => {
            let tail = blobs.read_tail(path, length, ReadCondition::new()).await.map_err(storage_error)?;
            loaded(path, &tail.state, tail.content.into())
        }
        ByteRange::Within { .. } | ByteRange::Last(_) => {
            let opened = open(blobs, path, range).await?;
            let state = opened.content.0.state().clone();
            loaded(path, &state, opened.collect(path).await?)
        }
    }
}

/// Opens for reading. 1 request; 2 for a file's end, since where that begins is known from the size alone.
pub(super) async fn open(blobs: &Blobs, path: &str, range: ByteRange) -> Result<Opened<StoredContent>, StorageError> {
    let (offset, options) = match range {
        ByteRange::Whole => (0, ReadOptions::new()),
        ByteRange::Within { offset, length } => (offset, ReadOptions::new().length(length)),
        ByteRange::Last(length) => {
            let state = blobs.stat_file(path).await.map_err(storage_error)?;
            // The end of another content would be elsewhere.
            let mut condition = ReadCondition::new();
            condition.if_match = state.etag;
            (state.size.saturating_sub(length), ReadOptions::new().condition(condition))
        }
    };
    let length = options.length;
    let download = blobs.read_with(path, offset, options).await.map_err(storage_error)?;
    let info = info_of(path, download.state())?;
    let behind = info.size.saturating_sub(offset);
    let length = length.map_or(behind, |length| length.min(behind));
    Ok(Opened { info, length, content: StoredContent(download) })
}
