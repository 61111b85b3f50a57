//! GetObject of the last bytes of an object.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::answer::Retry;
use super::attempt::{AttemptError, Received};
use super::body::{MAX_ERROR, read_up_to};
use super::call::Call;
use super::client::Client;
use super::condition::Condition;
use super::headers;
use super::meta::ObjectState;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::foreign_text::shown;
use crate::key::ObjectName;
use crate::message::Method;
use crate::ports::{Body, Ports};

/// If a range is ignored, the whole object comes, and no more of it than this is read.
const MAX_WHOLE: u64 = 16 * 1024 * 1024;

/// The last bytes of an object, and what OSS stated with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSuffix {
    /// The last bytes: as many as were requested, or all.
    pub bytes: Bytes,
    /// The CRC-64 of the whole object.
    pub crc64: u64,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: Option<String>,
    /// Whether OSS named a version.
    pub versioned: bool,
    /// What else OSS states about the object.
    pub state: ObjectState,
}

impl<P: Ports> Client<P> {
    /// GetObject of the last `length` bytes, or of all if the object is shorter. 1 request.
    ///
    /// OSS responds to a range that it can't satisfy, or that is longer than the object, with the whole object and
    /// status 200. An object that does not exist has no bytes and no type.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if the bytes are not the requested ones; and anything a request can fail with.
    pub async fn get_object_tail(
        &self,
        key: &str,
        object: &ObjectName,
        length: u64,
        within: Option<Duration>,
    ) -> Result<LoadedSuffix, Error> {
        let mut call = tail_call(key, object, length);
        call.or_expects = &[200, 404];
        call.within = within;
        self.perform(&call, async |received| match received.status {
            404 => read_absence(received, &self.settings).await,
            _ => read_tail(received, length).await,
        })
        .await
    }

    /// As [`Client::get_object_tail`], for an object that must exist, on a condition.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as the condition says; and as
    /// [`Client::get_object_tail`].
    pub async fn get_object_tail_if(
        &self,
        key: &str,
        object: &ObjectName,
        length: u64,
        condition: Condition<'_>,
    ) -> Result<LoadedSuffix, Error> {
        let mut call = tail_call(key, object, length).condition(condition);
        call.or_expects = &[200];
        self.perform(&call, async |received| read_tail(received, length).await).await
    }
}

fn tail_call<'a>(key: &'a str, object: &'a ObjectName, length: u64) -> Call<'a> {
    let call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str()));
    Call { expects: 206, ..call.header("range", format!("bytes=-{length}")) }
}

/// A 404 means that there is no object only if OSS says so.
async fn read_absence<B: Body>(received: Received<B>, settings: &Settings) -> Result<LoadedSuffix, AttemptError> {
    let Received { headers, body, credentials, .. } = received;
    let document = read_up_to(body, MAX_ERROR).await?;
    let error = AttemptError::refused(404, &headers, &document, &|text| credentials.redact(text), settings);
    if error.kind != ErrorKind::NotFound {
        return Err(error);
    }
    Ok(LoadedSuffix {
        bytes: Bytes::new(),
        crc64: 0,
        object_type: None,
        versioned: headers.contains(headers::VERSION_ID) || headers.contains("x-oss-delete-marker"),
        state: ObjectState { date: headers::date(&headers, "date"), ..ObjectState::default() },
    })
}

async fn read_tail<B: Body>(received: Received<B>, length: u64) -> Result<LoadedSuffix, AttemptError> {
    let Received { status, headers, mut body, credentials } = received;
    let (mut end, mut came) = (BytesMut::new(), 0u64);
    while let Some(chunk) = body.chunk().await? {
        came = came.saturating_add(chunk.len() as u64);
        if came > MAX_WHOLE {
            let message = "OSS ignored the range, and the object is too large to be read whole";
            return Err(AttemptError::new(ErrorKind::Unsupported, Retry::Never, message));
        }
        end.extend_from_slice(&chunk);
        let beyond = (end.len() as u64).saturating_sub(length);
        drop(end.split_to(usize::try_from(beyond).unwrap_or(0)));
    }
    let stated = headers.content_length();
    if stated.is_some_and(|stated| stated != came) {
        return Err(AttemptError::corrupt(format!("{came} bytes came of {}", stated.unwrap_or(0))));
    }
    let size = if status == 206 {
        headers::text(&headers, "content-range")
            .and_then(|stated| size_of(&stated, came, length))
            .ok_or_else(|| AttemptError::corrupt("OSS sent another range than the one asked for"))?
    } else {
        came
    };
    let crc64 = headers
        .crc64()
        .ok_or_else(|| AttemptError::corrupt("OSS stated no CRC-64, so nothing can be appended with a check"))?;
    Ok(LoadedSuffix {
        bytes: end.freeze(),
        crc64,
        object_type: headers::text(&headers, "x-oss-object-type")
            .map(|text| shown(&text, |text| credentials.redact(text))),
        versioned: headers.contains(headers::VERSION_ID),
        state: ObjectState::read(&headers, size),
    })
}

/// The object's size from `Content-Range`; `None` unless that states the object's last bytes.
pub(super) fn size_of(stated: &str, came: u64, length: u64) -> Option<u64> {
    let (span, size) = stated.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    let sound = last.checked_add(1) == Some(size) && first == size.saturating_sub(length) && size - first == came;
    sound.then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end() {
        assert_eq!(size_of("bytes 2-9/10", 8, 8), Some(10));
        assert_eq!(size_of("bytes 0-3/4", 4, 8), Some(4));
        assert_eq!(size_of("bytes 2-8/10", 7, 8), None);
        assert_eq!(size_of("bytes 3-9/10", 7, 8), None);
        assert_eq!(size_of("bytes 2-9/10", 7, 8), None);
        assert_eq!(size_of("bytes 9-3/4", 7, 8), None);
    }
}
