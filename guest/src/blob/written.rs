//! The results of changes.

use super::conditions::Conditions;
use crate::oss::{Made, ObjectMeta};

/// A change that took effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The file's size in bytes.
    pub size: u64,
    /// Its ETag, quoted.
    pub etag: Option<String>,
    /// The file's CRC-64; of a copy only if OSS states it.
    pub crc64: Option<u64>,
    /// The response's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// Whether an earlier attempt of the request may still take effect once more, until the window's end.
    pub perhaps_again: bool,
}

impl Written {
    /// The result as the response to the change states it.
    pub(super) fn from_answer(size: u64, made: Made, conditions: &Conditions) -> Self {
        let Made { etag, crc64, date } = made;
        Self { size, etag, crc64, date, perhaps_again: conditions.perhaps_again() }
    }

    /// The result as the file's metadata show it.
    pub(super) fn from_meta(meta: ObjectMeta, conditions: &Conditions) -> Self {
        let ObjectMeta { size, etag, crc64, date, .. } = meta;
        Self { size, etag, crc64, date, perhaps_again: conditions.perhaps_again() }
    }
}

/// A removal that took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The latest `Date` of the responses, in seconds since 1970.
    pub date: Option<u64>,
    /// The same as [`Written::perhaps_again`].
    pub perhaps_again: bool,
}
