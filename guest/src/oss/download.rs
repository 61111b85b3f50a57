//! GetObject with a body that is read as a stream.

use crate::message::Method;

use super::attempt::AttemptError;
use super::call::Call;
use super::client::Client;
use super::condition::Condition;
use super::headers;
use super::meta::ObjectState;
use super::object::size_of;
use crate::error::{Answer, Error};
use crate::key::ObjectName;
use crate::ports::Ports;

/// The requested range of an object, and the condition for reading it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Where the range begins.
    pub offset: u64,
    /// The most bytes, at least 1; `None` for a range to the object's end.
    pub length: Option<u64>,
    /// The condition for reading the object.
    pub condition: Condition<'a>,
}

impl Wanted<'_> {
    fn is_whole(&self) -> bool {
        self.offset == 0 && self.length.is_none()
    }

    /// Where the range ends, if the object is long enough.
    fn end(&self) -> u64 {
        self.length.map_or(u64::MAX, |length| self.offset.saturating_add(length))
    }
}

/// An object, or a range of one, whose body was not read yet.
pub struct Opened<B> {
    /// The length of the body in bytes.
    pub length: u64,
    /// The CRC-64 of the whole object; always present if the whole object was requested.
    pub crc64: Option<u64>,
    /// What OSS states of the object.
    pub state: ObjectState,
    /// The response's status and request id, for an error that is found in the body.
    pub answer: Answer,
    /// The body.
    pub body: B,
}

impl<P: Ports> Client<P> {
    /// GetObject of an object or a range of it. 1 request.
    ///
    /// The caller must count and verify the bytes. The operation's time limit covers only the head of the response.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`]; [`crate::error::ErrorKind::Conflict`] and
    /// [`crate::error::ErrorKind::NotModified`] as the condition says; [`crate::error::ErrorKind::Service`] with
    /// `InvalidRange` when a part is asked for that begins at or beyond the end, or with a status of 200 when the range was
    /// ignored; and anything a request can fail with.
    pub async fn open_object(
        &self,
        key: &str,
        object: &ObjectName,
        wanted: Wanted<'_>,
    ) -> Result<Opened<P::Body>, Error> {
        let mut call =
            Call::new("GetObject", Method::Get, Some(key), Some(object.as_str())).condition(wanted.condition);
        if !wanted.is_whole() {
            let last = wanted.length.map(|_| wanted.end().saturating_sub(1).to_string()).unwrap_or_default();
            let range = format!("bytes={}-{last}", wanted.offset);
            call = call.header("range", range).header("x-oss-range-behavior", "standard");
            call.expects = 206;
        }
        self.perform(&call, async |received| {
            let stated = received.headers.content_length();
            let length = stated.ok_or_else(|| AttemptError::corrupt("OSS's answer has no valid Content-Length"))?;
            let crc64 = received.headers.crc64();
            let size = if wanted.is_whole() {
                length
            } else {
                headers::text(&received.headers, "content-range")
                    .and_then(|stated| size_of(&stated, &(wanted.offset..wanted.end()), length))
                    .ok_or_else(|| AttemptError::corrupt("OSS sent another range than the one asked for"))?
            };
            let state = ObjectState::read(&received.headers, size);
            if wanted.condition.if_match.is_some_and(|etag| state.etag.as_deref() != Some(etag)) {
                return Err(AttemptError::corrupt("OSS sent another object than the one asked for"));
            }
            if wanted.is_whole() && crc64.is_none() {
                return Err(AttemptError::corrupt("OSS stated no CRC-64, so the bytes can't be checked"));
            }
            let answer = received.answer();
            Ok(Opened { length, crc64, state, answer, body: received.body.into_inner() })
        })
        .await
    }
}
