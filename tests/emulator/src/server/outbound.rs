//! The body of an answer, on its way out: from memory or from files, and broken on demand.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use super::wire::Flushes;
use crate::faults::ResponseFaults;
use crate::stats::UnderWay;
use crate::store::{Body, Segment};

/// A body being sent.
pub(crate) struct Outbound {
    segments: VecDeque<Segment>,
    /// A file being read on another thread.
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    left: u64,
    gzip: Option<Gzip>,
    faulty: Option<Box<Faulty>>,
    _answering: Option<Answering>,
}

/// An answer on its way, until its last byte was given to the connection.
struct Answering {
    flushes: Arc<Flushes>,
    _under_way: UnderWay,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.flushes.answer_ends();
    }
}

/// A compressor; nothing once it has ended.
struct Gzip(Option<GzEncoder<Vec<u8>>>);

impl Gzip {
    fn add(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        let Some(encoder) = &mut self.0 else { return Ok(Bytes::new()) };
        encoder.write_all(bytes)?;
        Ok(std::mem::take(encoder.get_mut()).into())
    }

    fn finish(&mut self) -> Option<io::Result<Bytes>> {
        Some(self.0.take()?.finish().map(Bytes::from))
    }
}

/// What makes a body go wrong.
struct Faulty {
    faults: ResponseFaults,
    /// Bytes read from the object and not sent.
    held: Bytes,
    sent: u64,
    pause: Option<Pin<Box<Sleep>>>,
    flushes: Arc<Flushes>,
    /// The count of flushes when the last byte was given away.
    seen: Option<u64>,
}

/// Files are read in pieces of this size.
const PIECE: u64 = 1 << 20;

impl Outbound {
    pub(super) fn new(body: Body, faults: &ResponseFaults, flushes: &Arc<Flushes>, under_way: UnderWay) -> Self {
        let faulty = faults.any().then(|| {
            Box::new(Faulty {
                faults: faults.clone(),
                held: Bytes::new(),
                sent: 0,
                pause: None,
                flushes: flushes.clone(),
                seen: None,
            })
        });
        let left = body.len();
        let answering = Answering { flushes: flushes.clone(), _under_way: under_way };
        let segments = body.segments().to_vec().into();
        Self { segments, reading: None, left, gzip: None, faulty, _answering: Some(answering) }
    }

    /// The same body, compressed on its way.
    pub(super) fn compressed(mut self) -> Self {
        self.gzip = Some(Gzip(Some(GzEncoder::new(Vec::new(), Compression::fast()))));
        self
    }

    /// A whole body in memory.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let left = bytes.len() as u64;
        let segments = if left == 0 { VecDeque::new() } else { VecDeque::from([Segment::Memory(bytes)]) };
        Self { segments, reading: None, left, gzip: None, faulty: None, _answering: None }
    }

    /// The next bytes of the object, or of its compressed form.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            let next = ready!(self.poll_plain(cx));
            let Some(gzip) = &mut self.gzip else { return Poll::Ready(next) };
            let out = match next {
                Some(Ok(bytes)) => gzip.add(&bytes),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => match gzip.finish() {
                    Some(rest) => return Poll::Ready(Some(rest)),
                    None => return Poll::Ready(None),
                },
            };
            match out {
                // The compressor keeps what it is given until it has enough.
                Ok(bytes) if bytes.is_empty() => {}
                out => return Poll::Ready(Some(out)),
            }
        }
    }

    /// The next bytes of the object.
    fn poll_plain(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(Pin::new(reading).poll(cx));
                self.reading = None;
                return Poll::Ready(Some(read.unwrap_or_else(|error| Err(io::Error::other(error)))));
            }
            match self.segments.pop_front() {
                None => return Poll::Ready(None),
                Some(Segment::Memory(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Segment::File { blob, offset, len }) => {
                    let piece = len.min(PIECE);
                    if len > piece {
                        let rest = Segment::File { blob: blob.clone(), offset: offset + piece, len: len - piece };
                        self.segments.push_front(rest);
                    }
                    self.reading = Some(tokio::task::spawn_blocking(move || blob.read(offset, piece)));
                }
            }
        }
    }

    fn poll_faulty(&mut self, faulty: &mut Faulty, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if faulty.faults.cut.is_some_and(|cut| faulty.sent >= cut) && (self.left > 0 || !faulty.held.is_empty()) {
            // The connection may end only when everything before the cut has left.
            let seen = *faulty.seen.get_or_insert_with(|| faulty.flushes.count());
            ready!(faulty.flushes.poll_beyond(seen, cx));
            return Poll::Ready(Some(Err(io::Error::other("cut on purpose"))));
        }
        if faulty.held.is_empty() {
            match ready!(self.poll_bytes(cx)) {
                Some(Ok(bytes)) => faulty.held = bytes,
                other => return Poll::Ready(other),
            }
        }
        let mut take = faulty.held.len() as u64;
        if let Some((piece, pause)) = faulty.faults.trickle {
            let pause = faulty.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(pause.as_mut().poll(cx));
            faulty.pause = None;
            take = take.min(piece);
        }
        if let Some(cut) = faulty.faults.cut {
            take = take.min(cut - faulty.sent);
        }
        let mut bytes = faulty.held.split_to(take as usize);
        if let Some(at) = faulty.faults.corrupt
            && (faulty.sent..faulty.sent + take).contains(&at)
        {
            let mut copy = BytesMut::from(&bytes[..]);
            copy[(at - faulty.sent) as usize] ^= 0x01;
            bytes = copy.freeze();
        }
        faulty.sent += take;
        faulty.seen = None;
        if faulty.faults.cut == Some(faulty.sent) {
            faulty.seen = Some(faulty.flushes.count());
        }
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl HttpBody for Outbound {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = match self.faulty.take() {
            None => self.poll_bytes(cx),
            Some(mut faulty) => {
                let next = self.poll_faulty(&mut faulty, cx);
                self.faulty = Some(faulty);
                next
            }
        };
        let next = ready!(next);
        if let (Some(Ok(bytes)), None) = (&next, &self.gzip) {
            self.left = self.left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.gzip {
            Some(gzip) => gzip.0.is_none(),
            None => self.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.gzip.is_some() { SizeHint::default() } else { SizeHint::with_exact(self.left) }
    }
}
