//! The end of a lock's log, as a single read returned it.

use std::time::Duration;

use super::record::{RECORD_LENGTH, Record, RecordKind, RecordProblem};
use crate::oss::LoadedSuffix;

/// The end of a log, and what OSS stated with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogEnd {
    /// The log's length; 0 if there is none.
    pub length: u64,
    /// Its CRC-64.
    pub crc64: u64,
    /// The time of OSS's response, in seconds since 1970.
    pub date: Option<u64>,
    /// When the log was last changed.
    pub modified: Option<u64>,
    pub content: Content,
    /// For how long this instance has found the log unchanged at every read.
    pub unchanged: Duration,
    /// For how long the lock counts as held because this instance has seen a longer log; zero if it has not.
    pub missing: Duration,
    /// Whether OSS named a version: versioning is, or once was, enabled.
    pub versioned: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There is no log, or an empty one.
    Nothing,
    Record(Record),
    Unreadable,
    /// Written by a newer version.
    Newer,
    /// An object that was not made by appending.
    Foreign(String),
}

impl LogEnd {
    pub(crate) fn read(loaded: &LoadedSuffix) -> Self {
        let content = match loaded.object_type.as_deref() {
            Some(other) if other != "Appendable" => Content::Foreign(other.chars().take(20).collect()),
            _ if loaded.state.size == 0 => Content::Nothing,
            _ => match Record::parse(&loaded.bytes) {
                Ok(record) if record.position.checked_add(RECORD_LENGTH) == Some(loaded.state.size) => {
                    Content::Record(record)
                }
                Ok(_) | Err(RecordProblem::Unreadable) => Content::Unreadable,
                Err(RecordProblem::Newer) => Content::Newer,
            },
        };
        Self {
            length: loaded.state.size,
            crc64: loaded.crc64,
            date: loaded.state.date,
            modified: loaded.state.modified,
            content,
            unchanged: Duration::ZERO,
            missing: Duration::ZERO,
            versioned: loaded.versioned,
        }
    }

    /// The tenure's last record, unless it was released.
    pub(crate) fn tenure(&self) -> Option<&Record> {
        self.record().filter(|record| record.kind != RecordKind::Release)
    }

    pub(crate) fn record(&self) -> Option<&Record> {
        match &self.content {
            Content::Record(record) => Some(record),
            _ => None,
        }
    }

    /// How long the log had not changed when OSS responded, by OSS's clock alone. If OSS stated no times, how long this
    /// instance has found it unchanged, which is a lower bound.
    pub(crate) fn age(&self) -> Duration {
        match (self.date, self.modified) {
            (Some(date), Some(modified)) => Duration::from_secs(date.saturating_sub(modified)),
            _ => self.unchanged,
        }
    }
}
