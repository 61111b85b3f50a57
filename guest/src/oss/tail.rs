//! GetObject of the last bytes of an object.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::answer::Retry;
use super::attempt::{Received, Trouble};
use super::body::{MAX_ERROR, read_up_to};
use super::call::Call;
use super::client::Client;
use super::headers;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::foreign_text::shown;
use crate::key::ObjectName;
use crate::message::Method;
use crate::ports::{Body, Ports};

/// Where a range was ignored the whole object comes, and no more of it is read than this.
const MAX_WHOLE: u64 = 16 * 1024 * 1024;

/// The end of an object, and what OSS said with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedTail {
    /// The last bytes: as many as were asked for, or all.
    pub bytes: Bytes,
    /// The size of the whole object.
    pub size: u64,
    /// The CRC-64 of the whole object.
    pub crc64: u64,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
    /// The object's `Last-Modified`, in seconds since 1970.
    pub modified: Option<u64>,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: Option<String>,
    /// Whether OSS named a version.
    pub versioned: bool,
}

impl<P: Ports> Client<P> {
    /// GetObject of the last `length` bytes, or of all where the object is shorter. 1 request.
    ///
    /// OSS answers a range that it can't satisfy with the whole object and status 200, and so it does for an object that
    /// is shorter than the range. An object that does not exist has no bytes and no type.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the bytes are not those asked for; and anything a request can
    /// fail with.
    pub async fn get_object_tail(
        &self,
        key: &str,
        object: &ObjectName,
        length: u64,
        within: Option<Duration>,
    ) -> Result<LoadedTail, Error> {
        let mut call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str()))
            .header("range", format!("bytes=-{length}"));
        call.expects = 206;
        call.or_expects = &[200, 404];
        call.within = within;
        self.perform(&call, async |received| match received.status {
            404 => read_absence(received, &self.settings).await,
            _ => read_tail(received, length).await,
        })
        .await
    }
}

/// A 404 means that there is no object only where OSS says so.
async fn read_absence<B: Body>(received: Received<B>, settings: &Settings) -> Result<LoadedTail, Trouble> {
    let Received { headers, body, credentials, .. } = received;
    let document = read_up_to(body, MAX_ERROR).await?;
    let trouble = Trouble::refused(404, &headers, &document, &|text| credentials.redact(text), settings);
    if trouble.kind != ErrorKind::NotFound {
        return Err(trouble);
    }
    Ok(LoadedTail {
        bytes: Bytes::new(),
        size: 0,
        crc64: 0,
        date: headers::date(&headers, "date"),
        modified: None,
        object_type: None,
        versioned: headers.contains(headers::VERSION_ID) || headers.contains("x-oss-delete-marker"),
    })
}

async fn read_tail<B: Body>(received: Received<B>, length: u64) -> Result<LoadedTail, Trouble> {
    let Received { status, headers, mut body, credentials } = received;
    let (mut end, mut came) = (BytesMut::new(), 0u64);
    while let Some(chunk) = body.chunk().await? {
        came = came.saturating_add(chunk.len() as u64);
        if came > MAX_WHOLE {
            let message = "OSS ignored the range, and the object is too large to be read whole";
            return Err(Trouble::new(ErrorKind::Unsupported, Retry::Never, message));
        }
        end.extend_from_slice(&chunk);
        let beyond = (end.len() as u64).saturating_sub(length);
        drop(end.split_to(usize::try_from(beyond).unwrap_or(0)));
    }
    let stated = headers.content_length();
    if stated.is_some_and(|stated| stated != came) {
        return Err(Trouble::corrupt(format!("{came} bytes came of {}", stated.unwrap_or(0))));
    }
    let size = if status == 206 {
        headers::text(&headers, "content-range")
            .and_then(|stated| size_of(&stated, came, length))
            .ok_or_else(|| Trouble::corrupt("OSS sent another range than the one asked for"))?
    } else {
        came
    };
    let crc64 = headers
        .crc64()
        .ok_or_else(|| Trouble::corrupt("OSS stated no CRC-64, so nothing can be appended with a check"))?;
    Ok(LoadedTail {
        bytes: end.freeze(),
        size,
        crc64,
        date: headers::date(&headers, "date"),
        modified: headers::date(&headers, "last-modified"),
        object_type: headers::text(&headers, "x-oss-object-type")
            .map(|text| shown(&text, |text| credentials.redact(text))),
        versioned: headers.contains(headers::VERSION_ID),
    })
}

/// The object's size, when `Content-Range` states its last bytes.
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
