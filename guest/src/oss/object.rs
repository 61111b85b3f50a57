//! PutObject, GetObject, HeadObject and DeleteObject.

use std::ops::Range;
use std::rc::Rc;

use crate::message::{Method, ResponseHeaders};
use bytes::Bytes;

use super::attempt::AttemptError;
use super::attributes::Attributes;
use super::body::{check_crc64, read_whole};
use super::call::Call;
use super::change::{Change, Made};
use super::client::Client;
use super::condition::Condition;
use super::headers;
use super::identity::Identity;
use super::meta::{ObjectMeta, ObjectState};
use super::window::Guard;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

pub(super) const OCTETS: &str = "application/octet-stream";

/// A whole object whose bytes were verified.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its bytes.
    pub bytes: Bytes,
    /// Their CRC-64.
    pub crc64: u64,
    headers: Rc<ResponseHeaders>,
}

impl Loaded {
    pub(super) fn new(bytes: Bytes, crc64: u64, headers: Rc<ResponseHeaders>) -> Self {
        Self { bytes, crc64, headers }
    }

    /// Identifies the object's value among the values of its key.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if OSS stated no ETag or no time.
    pub fn identity(&self, key: &str) -> Result<Identity, Error> {
        let error = |error: AttemptError| Error { retryable: true, ..Error::new(error.kind, key, error.message) };
        Identity::read(&self.headers).map_err(error)
    }

    /// Whether the object states the size of its value, even one that [`ObjectMeta::value_size`] can't read.
    pub fn states_value_size(&self) -> bool {
        self.headers.contains(headers::VALUE_SIZE)
    }

    /// Its ETag, quoted.
    pub fn etag(&self) -> Option<String> {
        headers::text(&self.headers, "etag")
    }

    /// As [`ObjectMeta::object_type`].
    pub fn object_type(&self) -> Option<String> {
        headers::text(&self.headers, "x-oss-object-type")
    }

    /// What OSS states about the object.
    pub fn state(&self) -> ObjectState {
        ObjectState::read(&self.headers, self.bytes.len() as u64)
    }
}

/// A range of an object. OSS states a CRC-64 only of whole objects, so a caller that joins ranges must verify the
/// whole.
#[derive(Clone, Debug)]
pub struct LoadedRange {
    /// The bytes of the range, up to the object's end.
    pub bytes: Bytes,
    /// The size of the whole object.
    pub size: u64,
    /// The CRC-64 of the whole object, if OSS states it.
    pub crc64: Option<u64>,
    /// The object's ETag, quoted: parts of one object have the same.
    pub etag: Option<String>,
}

impl<P: Ports> Client<P> {
    /// PutObject: creates or replaces an object. `key` is the caller's name for it, for errors. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if OSS stores other bytes than were sent, and anything a request can fail with.
    pub async fn put_object(&self, key: &str, object: &ObjectName, bytes: Bytes) -> Result<(), Error> {
        self.store_object(key, object, bytes, &Attributes::default(), Change::default()).await
    }

    /// As [`Client::put_object`], with attributes and on conditions.
    ///
    /// # Errors
    /// As [`Client::put_object`]; [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the conditions say.
    pub async fn put_object_with(
        &self,
        key: &str,
        object: &ObjectName,
        bytes: Bytes,
        attributes: &Attributes,
        change: Change<'_>,
    ) -> Result<Made, Error> {
        let call = Call::new("PutObject", Method::Put, Some(key), Some(object.as_str()));
        let headers = self.put(call.body(bytes, OCTETS).attributes(attributes).change(change)).await?;
        Ok(Made::read(&headers, headers::text(&headers, "etag")))
    }

    /// As [`Client::put_object_with`], for a caller who needs nothing from the response: each of its headers is fetched
    /// from the host.
    ///
    /// # Errors
    /// As [`Client::put_object_with`].
    pub async fn store_object(
        &self,
        key: &str,
        object: &ObjectName,
        bytes: Bytes,
        attributes: &Attributes,
        change: Change<'_>,
    ) -> Result<(), Error> {
        let call = Call::new("PutObject", Method::Put, Some(key), Some(object.as_str()));
        self.put(call.body(bytes, OCTETS).attributes(attributes).change(change)).await.map(drop)
    }

    /// Returns the headers of the response, for a caller who needs more of them than the checksum: each is fetched from
    /// the host.
    async fn put(&self, call: Call<'_>) -> Result<Rc<ResponseHeaders>, Error> {
        let call = call.acl(self.settings.acl);
        self.perform(&call, async |received| {
            check_crc64(&received.headers, &call.body)?;
            Ok(received.headers)
        })
        .await
    }

    /// GetObject: a whole object of at most `limit` bytes. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Corrupt`] if the bytes don't match their CRC-64;
    /// [`ErrorKind::Unsupported`] if the object is larger than the limit; and anything a request can fail with.
    pub async fn get_object(&self, key: &str, object: &ObjectName, limit: u64) -> Result<Loaded, Error> {
        self.get_object_if(key, object, limit, Condition::default()).await
    }

    /// As [`Client::get_object`], on a condition.
    ///
    /// # Errors
    /// As [`Client::get_object`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as the condition says.
    pub async fn get_object_if(
        &self,
        key: &str,
        object: &ObjectName,
        limit: u64,
        condition: Condition<'_>,
    ) -> Result<Loaded, Error> {
        let call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str())).condition(condition);
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, limit).await?;
            let crc64 = check_crc64(&headers, &bytes)?;
            Ok(Loaded::new(bytes, crc64, headers))
        })
        .await
    }

    /// GetObject of a range of bytes, up to the object's end at most. 1 request.
    ///
    /// By default OSS responds to a range that it can't satisfy with the whole object and status 200. The request asks
    /// for the standard behaviour, and only a 206 with the requested range is accepted.
    ///
    /// # Errors
    /// [`ErrorKind::Service`] with `InvalidRange` when the range begins beyond the object's end; [`ErrorKind::Unsupported`]
    /// when it is empty, and then nothing is sent; otherwise as [`Client::get_object`].
    pub async fn get_object_range(
        &self,
        key: &str,
        object: &ObjectName,
        range: Range<u64>,
    ) -> Result<LoadedRange, Error> {
        if range.is_empty() {
            return Err(Error::new(ErrorKind::Unsupported, key, "GetObject: the range is empty"));
        }
        let mut call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str()))
            .header("range", format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            .header("x-oss-range-behavior", "standard");
        call.expects = 206;
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, range.end.saturating_sub(range.start)).await?;
            let size = headers::text(&headers, "content-range")
                .and_then(|stated| size_of(&stated, &range, bytes.len() as u64))
                .ok_or_else(|| AttemptError::corrupt("OSS sent another range than the one asked for"))?;
            let etag = headers::text(&headers, "etag");
            Ok(LoadedRange { bytes, size, crc64: headers.crc64(), etag })
        })
        .await
    }

    /// HeadObject: the metadata of an object. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], and anything a request can fail with. A 404 without a code counts as not found, since a
    /// HEAD has no body: the caller's next request shows whether the bucket is missing.
    pub async fn head_object(&self, key: &str, object: &ObjectName) -> Result<ObjectMeta, Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str()));
        let result = self.perform(&call, async |received| ObjectMeta::read(&received.headers)).await;
        result.map_err(absent)
    }

    /// HeadObject on a condition: what OSS states about an object. 1 request.
    ///
    /// # Errors
    /// As [`Client::head_object`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as the condition says.
    pub async fn head_object_if(
        &self,
        key: &str,
        object: &ObjectName,
        condition: Condition<'_>,
    ) -> Result<ObjectState, Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str())).condition(condition);
        let result = self.perform(&call, async |received| {
            let size = ObjectMeta::read(&received.headers)?.size;
            Ok(ObjectState::read(&received.headers, size))
        });
        result.await.map_err(absent)
    }

    /// DeleteObject: removes an object; not an error if there is none. 1 request. Returns the response's `Date`, in
    /// seconds since 1970.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn delete_object(&self, key: &str, object: &ObjectName) -> Result<Option<u64>, Error> {
        self.delete_object_in(key, object, None).await
    }

    /// [`Client::delete_object`], which OSS performs only within the window.
    ///
    /// # Errors
    /// As [`Client::delete_object`]; see [`super::Window::closed`].
    pub async fn delete_object_in(
        &self,
        key: &str,
        object: &ObjectName,
        guard: Option<Guard<'_>>,
    ) -> Result<Option<u64>, Error> {
        let mut call = Call::new("DeleteObject", Method::Delete, Some(key), Some(object.as_str())).within(guard);
        call.expects = 204;
        self.perform(&call, async |received| Ok(headers::date(&received.headers, "date"))).await
    }
}

/// Turns a 404 without a code, as a `HEAD` may return it, into [`ErrorKind::NotFound`].
pub(super) fn absent(mut error: Error) -> Error {
    if error.answer.as_ref().is_some_and(|answer| answer.status == 404 && answer.code.is_empty()) {
        error.kind = ErrorKind::NotFound;
    }
    error
}

/// The object's size from `Content-Range`; `None` unless that states the requested range, up to the object's end at
/// most.
pub(super) fn size_of(stated: &str, asked: &Range<u64>, length: u64) -> Option<u64> {
    let (span, size) = stated.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    let end = last.checked_add(1)?;
    (first == asked.start && end == asked.end.min(size) && end.checked_sub(first)? == length).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_range_asked_for() {
        assert_eq!(size_of("bytes 2-5/10", &(2..6), 4), Some(10));
        assert_eq!(size_of("bytes 2-9/10", &(2..60), 8), Some(10));
        assert_eq!(size_of("bytes 0-5/10", &(2..6), 6), None);
        assert_eq!(size_of("bytes 2-4/10", &(2..6), 3), None);
        assert_eq!(size_of("bytes 2-5/10", &(2..6), 3), None);
        assert_eq!(size_of("bytes 2-5/*", &(2..6), 4), None);
        assert_eq!(size_of("bytes */10", &(2..6), 4), None);
    }
}
