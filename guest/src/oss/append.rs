//! AppendObject: the one compare-and-set that OSS has. It succeeds only where the object is as long as the caller thinks.

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

/// What an append led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// How long the object is now, which is where the next append must stand.
    pub next_position: u64,
    /// The CRC-64 of the whole object.
    pub crc64: u64,
    /// Its ETag, quoted, which is no MD5.
    pub etag: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// Whether OSS named a version: it does wherever versioning is, or once was, on.
    pub versioned: bool,
}

/// How an append is sent, where it differs from the usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appending<'a> {
    /// What the object is to have, where the append makes it.
    pub attributes: Option<&'a Attributes>,
    /// Headers beside the usual.
    pub headers: &'a [(&'static str, &'static str)],
    /// How long it may take.
    pub within: Option<Duration>,
    /// Only within a window.
    pub guard: Option<Guard<'a>>,
}

impl<P: Ports> Client<P> {
    /// AppendObject: puts bytes behind an object that is `before` and has `position` bytes; position 0 makes it. 1 request,
    /// sent again only when the first certainly had no effect.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] with `PositionNotEqualToLength` when the object has another length, and with
    /// `ObjectNotAppendable` when it was not made by appending; [`ErrorKind::Corrupt`] when OSS now holds other bytes;
    /// [`ErrorKind::TimedOut`] and [`ErrorKind::Unavailable`] when it may or may not have been appended: look at the
    /// object's CRC-64.
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

    /// [`Client::append_object`], sent in a particular way. Without the object's CRC-64 before it the whole is not checked
    /// afterwards; what is appended is guarded by its MD5 all the same.
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
            // Of later appends OSS ignores both.
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
