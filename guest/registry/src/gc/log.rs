//! The epoch log in OSS and the lists that its records name. The log is an appendable file: the position of an append
//! is the only mutual exclusion between collectors.

use bytes::Bytes;

use super::list::{DigestList, ListMismatch};
use super::record::{EpochRecord, RECORD_LENGTH, RecordProblem};
use crate::ports::{ByteRange, OssTime, Storage, StorageError, Window};

/// The log. It must never be deleted: processes that have read it reject a shorter one.
pub const LOG: &str = "/_ossicle/gc/log";
/// The folder of the lists.
pub const LISTS: &str = "/_ossicle/gc/lists";

/// The state of the log's end when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The `Date` of OSS's response.
    pub date: OssTime,
    /// The log's length in bytes; 0 if there is no log.
    pub length: u64,
    /// The last record; `None` if no epoch was ever announced.
    pub record: Option<EpochRecord>,
}

/// Why the log could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogError {
    /// A request failed.
    #[error("the epoch log can't be read: {0}")]
    Storage(#[from] StorageError),
    /// The response that there is no log had no `Date`, so it is unknown as of when there is none.
    #[error("OSS stated no Date with the response that there is no epoch log")]
    NoDate,
    /// The log does not end in a record of this version.
    #[error(transparent)]
    Record(#[from] RecordProblem),
    /// The list does not match the record.
    #[error(transparent)]
    List(#[from] ListMismatch),
    /// The log is shorter than it was.
    #[error("the epoch log became shorter: {before} bytes before, {now} now. It must never be deleted or replaced")]
    Shorter {
        /// Its length before.
        before: u64,
        /// Its length now.
        now: u64,
    },
    /// The response has an earlier date than the one of the last read.
    #[error("OSS dated a reading of the epoch log before the last one")]
    Earlier,
}

/// Reads the end of the log. 1 request.
///
/// The request is not conditional: a record is hardly longer than a response without content, and OSS does not
/// guarantee that the ETag of an appendable object changes with each append.
pub async fn read_end<S: Storage>(storage: &S) -> Result<LogEnd, LogError> {
    match storage.load(LOG, ByteRange::Last(RECORD_LENGTH)).await {
        Ok(loaded) => {
            let length = loaded.info.size;
            if !length.is_multiple_of(RECORD_LENGTH) {
                return Err(RecordProblem::Unreadable.into());
            }
            let record = EpochRecord::parse(&loaded.content)?;
            Ok(LogEnd { date: loaded.date, length, record: Some(record) })
        }
        Err(error) if error.is_not_found() => {
            let date = error.date.ok_or(LogError::NoDate)?;
            Ok(LogEnd { date, length: 0, record: None })
        }
        Err(error) => Err(error.into()),
    }
}

/// The path of the list of an epoch.
pub fn list_path(id: u64) -> String {
    format!("{LISTS}/{id:016x}")
}

/// Reads the list of a record. 1 request. A missing list is an error, like one that does not match the record.
pub async fn read_list<S: Storage>(storage: &S, record: &EpochRecord) -> Result<DigestList, LogError> {
    let loaded = storage.load(&list_path(record.id), ByteRange::Whole).await?;
    Ok(DigestList::parse(&loaded.content, record)?)
}

/// Appends a record at a position, if OSS receives the request within the window. 1 request.
pub async fn append<S: Storage>(
    storage: &S,
    position: u64,
    record: &EpochRecord,
    window: Window,
) -> Result<(), StorageError> {
    storage.append(LOG, position, Bytes::from(record.to_line()), window).await
}
