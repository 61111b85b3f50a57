//! Spans of OSS's time within which OSS takes a change.

use std::time::{Duration, SystemTime};

/// A span of OSS's own time outside of which OSS refuses a change, however late it arrives and whatever this machine's clock
/// says: the call fails with `StorageError::TooLate` then. To the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its begin: a time that has passed by OSS's clock, such as the date of an answer.
    pub since: SystemTime,
    /// Its end: 1 second to 7 days after its begin.
    pub until: SystemTime,
}

impl Window {
    /// So long from a time on.
    pub fn from(since: SystemTime, length: Duration) -> Self {
        Self { since, until: since + length }
    }
}
