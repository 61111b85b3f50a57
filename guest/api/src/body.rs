//! The body of a response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Fuse, Stream, StreamExt};
use http_body::{Body, Frame, SizeHint};

use crate::json::{self, EntryView, WalkError};
use crate::ports::{Entry, StorageError, StorageErrorKind};
use crate::problem::Problem;
use crate::request_id::RequestId;

/// How many bytes of lines are sent together, if available: about a hundred entries, so that the cost of a frame is
/// small compared with its content.
const LINES: usize = 16 << 10;

/// The body of a response. A content that fails ends with an error, so that the server closes the connection instead of
/// ending the body. The last piece of a file is returned only after the storage has confirmed that everything was
/// right: a server that has sent as many bytes as it announced asks for no more, and would never see an error after
/// them.
#[derive(Debug)]
pub struct ResponseBody<C, W>(Kind<C, W>);

#[derive(Debug)]
enum Kind<C, W> {
    Memory(Bytes),
    File { content: C, left: u64, last: Bytes },
    Lines { entries: Fuse<W>, waiting: BytesMut, request: RequestId },
    Broken { error: Option<StorageError>, was_flushed: bool },
}

impl<C, W> ResponseBody<C, W> {
    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Self(Kind::Memory(bytes))
    }

    pub(crate) fn file(content: C, length: u64) -> Self {
        Self(Kind::File { content, left: length, last: Bytes::new() })
    }

    /// The lines of a walk.
    pub(crate) fn lines(entries: W, request: RequestId) -> Self
    where
        W: Stream,
    {
        // The walk is polled once more after its end if lines are left to send.
        Self(Kind::Lines { entries: entries.fuse(), waiting: BytesMut::new(), request })
    }
}

type Polled = Poll<Option<Result<Frame<Bytes>, StorageError>>>;

impl<C, W> Body for ResponseBody<C, W>
where
    C: Stream<Item = Result<Bytes, StorageError>> + Unpin,
    W: Stream<Item = Result<Entry, StorageError>> + Unpin,
{
    type Data = Bytes;
    type Error = StorageError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        loop {
            match &mut self.0 {
                Kind::Memory(bytes) if bytes.is_empty() => return Poll::Ready(None),
                Kind::Memory(bytes) => return Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
                Kind::File { content, left, last } => match ready!(poll_file(content, left, last, context)) {
                    Some(polled) => return Poll::Ready(Some(polled)),
                    None => self.0 = Kind::Memory(std::mem::take(last)),
                },
                Kind::Lines { entries, waiting, request } => match ready!(poll_lines(entries, waiting, context)) {
                    Some(Ok(lines)) => return Poll::Ready(Some(Ok(Frame::data(lines)))),
                    Some(Err(error)) => {
                        // Send the lines before the error, and one with the error.
                        let lines = last_lines(std::mem::take(waiting), &error, request);
                        self.0 = Kind::Broken { error: Some(error), was_flushed: false };
                        return Poll::Ready(Some(Ok(Frame::data(lines))));
                    }
                    None => self.0 = Kind::Memory(Bytes::new()),
                },
                Kind::Broken { was_flushed, .. } if !*was_flushed => {
                    // If the error were returned immediately, the server would drop the last line with the connection.
                    *was_flushed = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Kind::Broken { error, .. } => return Poll::Ready(error.take().map(Err)),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Memory(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Memory(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::File { left, last, .. } => SizeHint::with_exact(left.saturating_add(last.len() as u64)),
            Kind::Lines { .. } | Kind::Broken { .. } => SizeHint::new(),
        }
    }
}

/// The next piece of a file; keeps the last one until the end, when it was verified, and then returns `None`.
fn poll_file<C: Stream<Item = Result<Bytes, StorageError>> + Unpin>(
    content: &mut C,
    left: &mut u64,
    last: &mut Bytes,
    context: &mut Context<'_>,
) -> Polled {
    let wrong_length = || {
        StorageError::new(StorageErrorKind::Corrupt, "the storage returned another number of bytes than it had stated")
    };
    loop {
        match ready!(Pin::new(&mut *content).poll_next(context)) {
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
            None => return Poll::Ready(None),
        }
    }
}

/// The lines of the available entries, as many as are sent together; `None` at the end.
fn poll_lines<W: Stream<Item = Result<Entry, StorageError>> + Unpin>(
    entries: &mut Fuse<W>,
    waiting: &mut BytesMut,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, StorageError>>> {
    while waiting.len() < LINES {
        match Pin::new(&mut *entries).poll_next(context) {
            Poll::Ready(Some(Ok(entry))) => match json::to_bytes(&EntryView::from(entry)) {
                Ok(line) => add_line(waiting, &line),
                Err(problem) => {
                    let error = StorageError::new(StorageErrorKind::Defect, problem.detail());
                    return Poll::Ready(Some(Err(error)));
                }
            },
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(None) if waiting.is_empty() => return Poll::Ready(None),
            Poll::Pending if waiting.is_empty() => return Poll::Pending,
            Poll::Ready(None) | Poll::Pending => break,
        }
    }
    Poll::Ready(Some(Ok(waiting.split().freeze())))
}

fn last_lines(mut waiting: BytesMut, error: &StorageError, request: &RequestId) -> Bytes {
    let problem = Problem::from(error.clone()).of_request(request);
    // A document of strings, numbers and booleans can always be serialised.
    let line = json::to_bytes(&WalkError { error: problem.document() }).unwrap_or_default();
    add_line(&mut waiting, &line);
    waiting.freeze()
}

fn add_line(lines: &mut BytesMut, line: &[u8]) {
    lines.extend_from_slice(line);
    lines.extend_from_slice(b"\n");
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::stream::{Empty, Iter, iter};
    use http::HeaderMap;
    use http_body_util::BodyExt;

    use super::*;
    use crate::memory::run;

    type File = ResponseBody<Iter<std::vec::IntoIter<Result<Bytes, StorageError>>>, Empty<Result<Entry, StorageError>>>;

    fn wrong() -> StorageError {
        StorageError::new(StorageErrorKind::Corrupt, "another CRC-64")
    }

    #[test]
    fn last_piece_of_a_file_is_given_after_its_end_was_checked() {
        let pieces = vec![Ok(Bytes::from_static(b"abc")), Ok(Bytes::from_static(b"def")), Err(wrong())];
        let mut body = File::file(iter(pieces), 6);
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
            let pieces = [b"abc", b"def"].map(|piece| Ok(Bytes::from_static(piece))).to_vec();
            run(File::file(iter(pieces), stated).collect()).map(|whole| whole.to_bytes()).map_err(|error| error.kind)
        };
        assert_eq!(read(6), Ok(Bytes::from_static(b"abcdef")));
        for stated in [0, 4, 5, 7, 100] {
            assert_eq!(read(stated), Err(StorageErrorKind::Corrupt), "{stated}");
        }
    }

    #[test]
    fn failed_walk_says_why_in_its_last_line_and_returns_the_error_after_a_pause() {
        let entry = Entry { path: "/a".to_owned(), is_directory: false, size: 3, modified: Some(0), etag: None };
        let mut body: ResponseBody<Empty<Result<Bytes, StorageError>>, _> =
            ResponseBody::lines(iter(vec![Ok(entry), Err(wrong())]), RequestId::of(&HeaderMap::new(), || [7; 16]));
        let lines = run(body.frame()).unwrap().unwrap().into_data().unwrap();
        let lines: Vec<serde_json::Value> = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(lines[0]["path"], "/a");
        assert_eq!(lines[1]["error"]["type"], "urn:ossicle:problem:corrupt");
        assert_eq!(lines[1]["error"]["request_id"], "07".repeat(16));
        let paused = run(poll_fn(|context| Poll::Ready(Pin::new(&mut body).poll_frame(context).is_pending())));
        assert!(paused, "the last line must reach the connection first");
        assert_eq!(run(body.frame()).unwrap().unwrap_err().kind, StorageErrorKind::Corrupt);
    }
}
