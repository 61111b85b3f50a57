//! Reads the bodies of responses completely, and verifies them.

use std::rc::Rc;
use std::time::Duration;

use crate::message::ResponseHeaders;
use bytes::{Bytes, BytesMut};

use super::answer::Retry;
use super::attempt::{AttemptError, Received};
use crate::checksum::crc64;
use crate::error::ErrorKind;
use crate::ports::{Body, Ports, Transport, TransportError, TransportErrorKind};

/// The most bytes of an error document: they have fewer than 4 KiB, unless `StringToSign` makes them longer.
pub(crate) const MAX_ERROR: u64 = 64 * 1024;

/// The most bytes of a successful document: 1000 names of 1023 bytes, each byte encoded as three characters, twice
/// over.
pub(crate) const MAX_DOCUMENT: u64 = 8 * 1024 * 1024;

/// A body that fails once the operation's time has passed, even if bytes still arrive.
pub(crate) struct Bounded<'a, P: Transport> {
    body: P::Body,
    ports: &'a P,
    deadline: Duration,
    has_begun: bool,
}

impl<'a, P: Transport> Bounded<'a, P> {
    pub(crate) fn new(body: P::Body, ports: &'a P, deadline: Duration) -> Self {
        Self { body, ports, deadline, has_begun: false }
    }

    /// The body without the limit, for a caller with a limit of its own.
    pub(crate) fn into_inner(self) -> P::Body {
        self.body
    }
}

impl<P: Ports> Body for Bounded<'_, P> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        // A body that arrived completely is accepted, and the transport limits the wait for the first piece.
        if std::mem::replace(&mut self.has_begun, true) && self.ports.monotonic() > self.deadline {
            let message = "the answer did not come within the operation's time".to_owned();
            return Err(TransportError { kind: TransportErrorKind::TimedOut, message });
        }
        self.body.chunk().await
    }
}

/// Reads a body to its end, or until it exceeds the limit; the rest is ignored.
pub(crate) async fn read_up_to(mut body: impl Body, limit: u64) -> Result<Bytes, TransportError> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = body.chunk().await? {
        whole.extend_from_slice(&chunk);
        if whole.len() as u64 > limit {
            break;
        }
    }
    Ok(whole.freeze())
}

/// Reads a body whose length the headers state, or whose length is unknown, of at most `limit` bytes.
pub(crate) async fn read_whole<B: Body>(
    received: Received<B>,
    limit: u64,
) -> Result<(Rc<ResponseHeaders>, Bytes), AttemptError> {
    let Received { headers, mut body, .. } = received;
    let too_large =
        || AttemptError::new(ErrorKind::Unsupported, Retry::Never, format!("the answer is larger than {limit} bytes"));
    let stated = headers.content_length();
    if stated.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    let room = stated.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
    // With a stated length there is no need to wait for the end: a shorter body is never accepted as complete.
    while stated.is_none_or(|length| ((first.len() + whole.len()) as u64) < length) {
        let Some(chunk) = body.chunk().await? else { break };
        if first.is_empty() && whole.is_empty() {
            first = chunk;
        } else {
            // Reserve twice what has arrived, but no more than is stated. The stated length is only a claim, and a
            // claim alone must not take memory.
            let came = first.len() + whole.len() + chunk.len();
            if whole.capacity() < came {
                whole.reserve_exact(room.clamp(came, came.saturating_mul(2)) - whole.len());
            }
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&chunk);
        }
        if (first.len() + whole.len()) as u64 > limit {
            return Err(too_large());
        }
    }
    let bytes = if whole.is_empty() { first } else { Bytes::from(whole) };
    match stated {
        Some(length) if length != bytes.len() as u64 => {
            Err(AttemptError::corrupt(format!("{} bytes came of {length}", bytes.len())))
        }
        _ => Ok((headers, bytes)),
    }
}

/// Compares bytes with the CRC-64 that OSS states for the whole object.
pub(crate) fn check_crc64(headers: &ResponseHeaders, bytes: &[u8]) -> Result<u64, AttemptError> {
    check_crc64_value(headers, crc64(bytes))
}

/// Compares a CRC-64 with the one that OSS states. A response without one can't be verified, so it is not a success.
pub(crate) fn check_crc64_value(headers: &ResponseHeaders, own: u64) -> Result<u64, AttemptError> {
    match headers.crc64() {
        Some(stated) if stated == own => Ok(own),
        Some(_) => Err(AttemptError::corrupt("the CRC-64 of the bytes differs from the one that OSS states")),
        None => Err(AttemptError::corrupt("OSS stated no CRC-64, so the bytes can't be checked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    struct Pieces(Vec<&'static [u8]>);

    impl Body for Pieces {
        async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
            Ok(if self.0.is_empty() { None } else { Some(Bytes::from_static(self.0.remove(0))) })
        }
    }

    fn read(length: Option<&str>, pieces: &[&'static [u8]], limit: u64) -> Result<Bytes, AttemptError> {
        let headers = length.map(|length| ("content-length".to_owned(), length.as_bytes().to_vec()));
        let headers = ResponseHeaders::new(headers.into_iter().collect());
        let credentials = std::sync::Arc::new(crate::credentials::Credentials {
            access_key_id: "id".into(),
            access_key_secret: String::from("secret").into(),
            security_token: None,
        });
        let body = Pieces(pieces.to_vec());
        let received = Received { status: 200, headers: headers.into(), body, credentials };
        read_whole(received, limit).now_or_never().unwrap().map(|(_, bytes)| bytes)
    }

    /// 8.5: a length that is stated takes no memory until the bytes come.
    #[test]
    fn a_stated_length_is_a_claim() {
        const CLAIM: u64 = 1 << 40;
        // To make room for that much would end the process.
        let error = read(Some(&CLAIM.to_string()), &[b"ab", b"cd"], CLAIM).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Corrupt);
    }

    #[test]
    fn whole_or_an_error() {
        assert_eq!(read(None, &[b"ab", b"c", b"d"], 4).unwrap(), "abcd");
        assert_eq!(read(Some("4"), &[b"ab", b"cd"], 4).unwrap(), "abcd");
        assert_eq!(read(Some("0"), &[], 4).unwrap(), "");
        assert_eq!(read(Some("5"), &[b"ab", b"cd"], 9).unwrap_err().kind, ErrorKind::Corrupt);
        assert_eq!(read(Some("3"), &[b"ab", b"cd"], 9).unwrap_err().kind, ErrorKind::Corrupt);
        assert_eq!(read(Some("5"), &[], 4).unwrap_err().kind, ErrorKind::Unsupported);
        assert_eq!(read(None, &[b"ab", b"cd", b"e"], 4).unwrap_err().kind, ErrorKind::Unsupported);
    }
}
