//! The body of a response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};

use crate::ports::{StorageError, StorageErrorKind};

/// The body of a response. A file that fails ends with an error, so that the server closes the connection instead of
/// ending the body. The last piece is returned only after the storage has confirmed that everything was right: a server
/// that has sent as many bytes as it announced asks for no more, and would never see an error after them.
#[derive(Debug)]
pub struct ResponseBody<C>(Kind<C>);

#[derive(Debug)]
enum Kind<C> {
    Memory(Bytes),
    File { content: C, left: u64, last: Bytes },
}

impl<C> ResponseBody<C> {
    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Self(Kind::Memory(bytes))
    }

    pub(crate) fn file(content: C, length: u64) -> Self {
        Self(Kind::File { content, left: length, last: Bytes::new() })
    }
}

impl<C: Stream<Item = Result<Bytes, StorageError>> + Unpin> Body for ResponseBody<C> {
    type Data = Bytes;
    type Error = StorageError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StorageError>>> {
        let wrong_length = || {
            StorageError::new(StorageErrorKind::Corrupt, "the storage gave another number of bytes than it had stated")
        };
        loop {
            let (content, left, last) = match &mut self.0 {
                Kind::Memory(bytes) if bytes.is_empty() => return Poll::Ready(None),
                Kind::Memory(bytes) => return Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
                Kind::File { content, left, last } => (content, left, last),
            };
            match ready!(Pin::new(content).poll_next(context)) {
                Some(Ok(piece)) => match left.checked_sub(piece.len() as u64) {
                    None => return Poll::Ready(Some(Err(wrong_length()))),
                    Some(0) if *left > 0 => {
                        *left = 0;
                        *last = piece;
                    }
                    Some(rest) => {
                        *left = rest;
                        return Poll::Ready(Some(Ok(Frame::data(piece))));
                    }
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if *left > 0 => return Poll::Ready(Some(Err(wrong_length()))),
                None => self.0 = Kind::Memory(std::mem::take(last)),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Memory(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.0 {
            Kind::Memory(bytes) => bytes.len() as u64,
            Kind::File { left, last, .. } => left.saturating_add(last.len() as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::memory::run;

    #[test]
    fn last_piece_of_a_file_is_given_after_its_end_was_checked() {
        let wrong = StorageError::new(StorageErrorKind::Corrupt, "another CRC-64");
        let pieces = [Ok(Bytes::from_static(b"abc")), Ok(Bytes::from_static(b"def")), Err(wrong)];
        let mut body = ResponseBody::file(futures_util::stream::iter(pieces), 6);
        let mut given = Vec::new();
        let failed = loop {
            match run(body.frame()) {
                Some(Ok(frame)) => given.extend_from_slice(&frame.into_data().unwrap()),
                ended => break matches!(ended, Some(Err(_))),
            }
        };
        assert!(failed && given == b"abc", "{given:?}");
    }

    #[test]
    fn file_of_another_length_than_stated_ends_with_an_error() {
        let read = |stated: u64| {
            let pieces = [b"abc", b"def"].map(|piece| Ok(Bytes::from_static(piece)));
            let body = ResponseBody::file(futures_util::stream::iter(pieces), stated);
            run(body.collect()).map(|whole| whole.to_bytes()).map_err(|error: StorageError| error.kind)
        };
        assert_eq!(read(6), Ok(Bytes::from_static(b"abcdef")));
        for stated in [0, 4, 5, 7, 100] {
            assert_eq!(read(stated), Err(StorageErrorKind::Corrupt), "{stated}");
        }
    }
}
