//! Values between the driver and the core.

use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{
    FileInfo, PublishOptions, ReadCondition, WriteOptions, Written as DriverWritten,
};
use ossicle_face_storage::bindings::ossicle::storage::types::Window as DriverWindow;
use ossicle_registry::ports::{Entry, Guard, OssTime, StorageError, StorageErrorKind, Window, Written};

/// No condition.
pub const UNCONDITIONAL: ReadCondition = ReadCondition { if_match: None, if_none_match: None };

pub fn window(window: Window) -> DriverWindow {
    DriverWindow { since: window.start.0, until: window.end.0 }
}

pub fn publish_options(guard: Guard) -> PublishOptions {
    PublishOptions { create_only: guard.create_only, window: guard.window.map(window) }
}

pub fn write_options(guard: Guard) -> WriteOptions {
    WriteOptions { content_type: None, publish: publish_options(guard) }
}

/// Something that OSS must have stated, and `None` where it did not: then nothing that rests on it can be known. A change
/// may have taken effect all the same.
pub fn stated(value: Option<u64>, path: &str, what: &str, is_change: bool) -> Result<OssTime, StorageError> {
    value.map(OssTime).ok_or_else(|| {
        let message = format!("{path}: OSS's answer states no {what}");
        StorageError { undecided: is_change, ..StorageError::new(StorageErrorKind::Other, message) }
    })
}

/// What OSS answered to a write.
pub fn written(path: &str, file: DriverWritten) -> Result<Written, StorageError> {
    Ok(Written { size: file.size, date: stated(file.date, path, "Date", true)? })
}

pub fn entry(info: FileInfo) -> Entry {
    let file = (!info.is_dir).then_some((info.size, OssTime(info.modified)));
    Entry { path: info.path, file }
}
