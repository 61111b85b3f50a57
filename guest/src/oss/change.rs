//! On which conditions OSS takes a change of an object, and what it answers to one.

use super::headers;
use super::window::Guard;
use crate::message::ResponseHeaders;

/// On which conditions OSS takes what makes an object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// Only within a window.
    pub guard: Option<Guard<'a>>,
    /// Only where there is no object of the name. Buckets on which versioning is, or once was, on do not heed it.
    pub create_only: bool,
    /// Sent in one attempt only, whatever that fails with: the request is valid only for state that was just read, and the
    /// caller reads that state again before it sends another one.
    pub once: bool,
}

/// An object that a change made, as the answer states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Its ETag, quoted.
    pub etag: Option<String>,
    /// Its CRC-64; of a copy only where OSS states it.
    pub crc64: Option<u64>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl Made {
    pub(super) fn read(headers: &ResponseHeaders, etag: Option<String>) -> Self {
        Self { etag, crc64: headers.crc64(), date: headers::date(headers, "date") }
    }
}
