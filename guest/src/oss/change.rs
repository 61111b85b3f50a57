//! The conditions on which OSS changes an object, and the response to a change.

use super::headers;
use super::window::Guard;
use crate::message::ResponseHeaders;

/// The conditions of a request that writes an object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// The window in which the request may take effect.
    pub guard: Option<Guard<'a>>,
    /// Whether to fail if the object exists. Buckets in which versioning is, or once was, enabled ignore this.
    pub create_only: bool,
    /// Whether to send the request in one attempt only, whatever that fails with: it is valid only for state that was
    /// just read, and the caller reads that state again before it sends another one.
    pub once: bool,
}

/// An object that was written, as the response states it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Its ETag, quoted.
    pub etag: Option<String>,
    /// Its CRC-64; of a copy only if OSS states it.
    pub crc64: Option<u64>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl Made {
    pub(super) fn read(headers: &ResponseHeaders, etag: Option<String>) -> Self {
        Self { etag, crc64: headers.crc64(), date: headers::date(headers, "date") }
    }
}
