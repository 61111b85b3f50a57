//! AppendObject: OSS's only compare-and-set. It succeeds only if the object has the length that the caller expects.

use std::time::Duration;

use crate::message::Method;
use bytes::Bytes;

use super::answer::Retry;
use super::attempt::AttemptError;
use super::attributes::Attributes;
use super::body::check_crc64_value;
use super::call::Call;
use super::client::Client;
use super::headers;
use super::window::Guard;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

/// The result of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The object's length after the append, which is the position of the next one.
    pub next_position: u64,
    /// The CRC-64 of the whole object.
    pub crc64: u64,
    /// The object's ETag, quoted, which is not an MD5.
    pub etag: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// Whether OSS named a version, which it does if versioning is, or once was, enabled.
    pub versioned: bool,
}

/// Options of an append.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appending<'a> {
    /// The object's attributes, if the append creates it.
    pub attributes: Option<&'a Attributes>,
    /// Additional headers.
    pub headers: &'a [(&'static str, &'static str)],
    /// The time for the operation; the settings' if `None`.
    pub within: Option<Duration>,
    /// The window in which the append may take effect.
    pub guard: Option<Guard<'a>>,
}

impl<P: Ports> Client<P> {
    /// AppendObject: appends bytes to an object with `position` bytes and the CRC-64 `before`; position 0 creates the
    /// object. 1 request, which is sent again only if the first one certainly had no effect.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] with `PositionNotEqualToLength` if the object has another length, and with
    /// `ObjectNotAppendable` if it was not made by appending; [`ErrorKind::Corrupt`] if OSS now stores other bytes;
    /// [`ErrorKind::TimedOut`] and [`ErrorKind::Unavailable`] if the bytes may or may not have been appended: the
    /// object's CRC-64 shows which.
    pub async fn append_object(
        &self,
        key: &str,
        object: &ObjectName,
        position: u64,
        before: &Crc64,
        bytes: Bytes,
    ) -> Result<Appended, Error> {
        self.append_object_as(key, object, position, Some(before), bytes, Appending::default()).await
    }

    /// [`Client::append_object`] with options. Without the CRC-64 before the append, the whole object is not checked
    /// afterwards; the appended bytes are still protected by their MD5.
    ///
    /// # Errors
    /// As [`Client::append_object`].
    pub async fn append_object_as(
        &self,
        key: &str,
        object: &ObjectName,
        position: u64,
        before: Option<&Crc64>,
        bytes: Bytes,
        how: Appending<'_>,
    ) -> Result<Appended, Error> {
        let mut call = Call::new("AppendObject", Method::Post, Some(key), Some(object.as_str()))
            .flag("append")
            .param("position", position.to_string())
            .body(bytes, "application/octet-stream");
        if position == 0 {
            // For later appends OSS ignores both.
            call = call.acl(self.settings.acl);
            if let Some(attributes) = how.attributes {
                call = call.attributes(attributes);
            }
        }
        for (name, value) in how.headers {
            call = call.header(name, value);
        }
        call = call.within(how.guard);
        call.idempotent = false;
        call.within = how.within;
        let whole = before.map(|before| {
            let mut whole = before.clone();
            whole.update(&call.body);
            whole.value()
        });
        let expected = position.saturating_add(call.body.len() as u64);
        self.perform(&call, async |received| {
            let stated = || AttemptError::corrupt("OSS stated no CRC-64, so nothing more can be appended with a check");
            let crc64 = match whole {
                Some(whole) => check_crc64_value(&received.headers, whole)?,
                None => received.headers.crc64().ok_or_else(stated)?,
            };
            match received.headers.number("x-oss-next-append-position") {
                Some(next_position) if next_position == expected => Ok(Appended {
                    next_position,
                    crc64,
                    etag: headers::text(&received.headers, "etag"),
                    date: headers::date(&received.headers, "date"),
                    versioned: received.headers.contains(headers::VERSION_ID),
                }),
                _ => Err(AttemptError::new(
                    ErrorKind::Corrupt,
                    Retry::Never,
                    "OSS states another length than was appended",
                )),
            }
        })
        .await
    }
}
