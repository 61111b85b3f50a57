//! What OSS answers to changes.

use super::conditions::Conditions;
use crate::oss::{Made, ObjectMeta};

/// A change that took effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The file's size in bytes.
    pub size: u64,
    /// Its ETag, quoted.
    pub etag: Option<String>,
    /// Its CRC-64; of a copy only where OSS states it.
    pub crc64: Option<u64>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// Whether an earlier copy of the request may take effect once more until the window's end.
    pub perhaps_again: bool,
}

impl Written {
    /// As the answer to the change states it.
    pub(super) fn made(size: u64, made: Made, conditions: &Conditions) -> Self {
        let Made { etag, crc64, date } = made;
        Self { size, etag, crc64, date, perhaps_again: conditions.perhaps_again() }
    }

    /// As a look at the file shows it.
    pub(super) fn seen(meta: ObjectMeta, conditions: &Conditions) -> Self {
        let ObjectMeta { size, etag, crc64, date, .. } = meta;
        Self { size, etag, crc64, date, perhaps_again: conditions.perhaps_again() }
    }
}

/// A removal that took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The latest `Date` of the answers, in seconds since 1970.
    pub date: Option<u64>,
    /// As of [`Written`].
    pub perhaps_again: bool,
}
