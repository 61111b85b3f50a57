//! GetObject whose body is read as it comes.

use crate::message::Method;

use super::attempt::Trouble;
use super::call::Call;
use super::client::Client;
use super::headers;
use super::object::size_of;
use crate::error::Error;
use crate::key::ObjectName;
use crate::ports::Ports;

/// An object, or the rest of one, whose bytes are still to come.
pub struct Opened<B> {
    /// How many are to come.
    pub length: u64,
    /// The CRC-64 of the whole object; always there when the whole was asked for.
    pub crc64: Option<u64>,
    /// The object's ETag, quoted.
    pub etag: Option<String>,
    /// The bytes.
    pub body: B,
}

impl<P: Ports> Client<P> {
    /// GetObject from an offset to the object's end. 1 request. With `if_etag` only while the object has that ETag.
    ///
    /// The bytes are the caller's to count and to check. The operation's time is for the head of the answer alone.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`]; [`crate::error::ErrorKind::Conflict`] when it has another ETag;
    /// [`crate::error::ErrorKind::Service`] with `InvalidRange` when the offset is not 0 and at or beyond the end, or with
    /// a status of 200 when the range was ignored; and anything a request can fail with.
    pub async fn open_object(
        &self,
        key: &str,
        object: &ObjectName,
        offset: u64,
        if_etag: Option<&str>,
    ) -> Result<Opened<P::Body>, Error> {
        let mut call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str()));
        if let Some(etag) = if_etag {
            call = call.header("if-match", etag);
        }
        if offset > 0 {
            call = call.header("range", format!("bytes={offset}-")).header("x-oss-range-behavior", "standard");
            call.expects = 206;
        }
        self.perform(&call, async |received| {
            let stated = received.headers.content_length();
            let length = stated.ok_or_else(|| Trouble::corrupt("OSS's answer has no valid Content-Length"))?;
            let etag = headers::text(&received.headers, "etag");
            if if_etag.is_some() && etag.as_deref() != if_etag {
                return Err(Trouble::corrupt("OSS sent another object than the one asked for"));
            }
            let crc64 = received.headers.crc64();
            if offset > 0 {
                headers::text(&received.headers, "content-range")
                    .and_then(|stated| size_of(&stated, &(offset..u64::MAX), length))
                    .ok_or_else(|| Trouble::corrupt("OSS sent another range than the one asked for"))?;
            } else if crc64.is_none() {
                return Err(Trouble::corrupt("OSS stated no CRC-64, so the bytes can't be checked"));
            }
            Ok(Opened { length, crc64, etag, body: received.body.into_inner() })
        })
        .await
    }
}
