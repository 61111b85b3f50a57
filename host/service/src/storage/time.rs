//! OSS's time, between the library and the core.

use std::time::{Duration, SystemTime};

use ossicle_registry::ports::{OssTime, StorageError, StorageErrorKind, Window};

/// A time that OSS stated.
pub(super) fn oss_time(moment: SystemTime) -> OssTime {
    OssTime(moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
}

pub(super) fn moment(time: OssTime) -> SystemTime {
    let since_epoch = Duration::from_secs(time.0);
    // What can't be a moment in time is no time of OSS's either.
    SystemTime::UNIX_EPOCH.checked_add(since_epoch).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(super) fn window(window: Window) -> ossicle::Window {
    ossicle::Window { since: moment(window.start), until: moment(window.end) }
}

/// Something that OSS must have stated, and `None` where it did not: then nothing that rests on it can be known. A change
/// may have taken effect all the same.
pub(super) fn stated<T>(value: Option<T>, path: &str, what: &str, is_change: bool) -> Result<T, StorageError> {
    value.ok_or_else(|| {
        let message = format!("{path}: OSS's answer states no {what}");
        StorageError { undecided: is_change, ..StorageError::new(StorageErrorKind::Other, message) }
    })
}
