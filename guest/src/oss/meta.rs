//! The metadata of an object, from the headers of a response.

use crate::message::ResponseHeaders;

use super::answer::Retry;
use super::attempt::AttemptError;
use super::headers;
use crate::error::ErrorKind;

/// The metadata of an object (OSS documentation: *HeadObject*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed, in seconds since 1970.
    pub modified: u64,
    /// The ETag, which changes with the content; quoted.
    pub etag: Option<String>,
    /// The CRC-64 of the whole object.
    pub crc64: Option<u64>,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: Option<String>,
    /// The position of the next append; only for appendable objects.
    pub next_append_position: Option<u64>,
    /// Its version; `None` if versioning was never enabled in the bucket.
    pub version_id: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// The size of the decrypted value, for objects that Ossicle encrypted. Not authenticated.
    pub value_size: Option<u64>,
}

impl ObjectMeta {
    pub(crate) fn read(headers: &ResponseHeaders) -> Result<Self, AttemptError> {
        let missing = |name| {
            AttemptError::new(ErrorKind::Unavailable, Retry::IfIdempotent, format!("OSS's answer has no valid {name}"))
        };
        Ok(Self {
            size: headers.content_length().ok_or_else(|| missing("Content-Length"))?,
            modified: headers::date(headers, "last-modified").ok_or_else(|| missing("Last-Modified"))?,
            etag: headers::text(headers, "etag"),
            crc64: headers.crc64(),
            object_type: headers::text(headers, "x-oss-object-type"),
            next_append_position: headers.number("x-oss-next-append-position"),
            version_id: headers::text(headers, headers::VERSION_ID),
            date: headers::date(headers, "date"),
            value_size: headers.number(headers::VALUE_SIZE),
        })
    }
}

/// What OSS states about an object together with its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectState {
    /// The size of the whole object in bytes.
    pub size: u64,
    /// The ETag, which changes with the content; quoted.
    pub etag: Option<String>,
    /// When it was last changed, in seconds since 1970.
    pub modified: Option<u64>,
    /// Its content's type.
    pub content_type: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl ObjectState {
    pub(crate) fn read(headers: &ResponseHeaders, size: u64) -> Self {
        Self {
            size,
            etag: headers::text(headers, "etag"),
            modified: headers::date(headers, "last-modified"),
            content_type: headers::text(headers, "content-type"),
            date: headers::date(headers, "date"),
        }
    }
}
