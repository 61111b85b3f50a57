//! The bytes of an object: a rope of segments, so that appends, parts and ranges share memory instead of copying it.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::blob::Blob;

/// A run of bytes, in memory or in a file.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    Memory(Bytes),
    File { blob: Arc<Blob>, offset: u64, len: u64 },
}

impl Segment {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    fn slice(&self, range: Range<u64>) -> Self {
        match self {
            Self::Memory(bytes) => Self::Memory(bytes.slice(range.start as usize..range.end as usize)),
            Self::File { blob, offset, .. } => {
                Self::File { blob: blob.clone(), offset: offset + range.start, len: range.end - range.start }
            }
        }
    }

    /// Reads the whole segment; blocks if it is in a file.
    pub(crate) fn read(&self) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File { blob, offset, len } => blob.read(*offset, *len),
        }
    }
}

/// The bytes of an object, a part or a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    segments: Vec<Segment>,
    len: u64,
}

/// Segments shorter than this are joined when small appends follow one another; it bounds the rope of a long log.
const JOIN_BELOW: usize = 64 * 1024;

impl Body {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        let len = segment.len();
        if len == 0 {
            return;
        }
        self.len += len;
        match (self.segments.last_mut(), &segment) {
            (Some(Segment::Memory(last)), Segment::Memory(next)) if last.len() + next.len() <= JOIN_BELOW => {
                *last = join(std::mem::take(last), next);
            }
            // What follows in the same file is one run with what comes before.
            (Some(Segment::File { blob, offset, len }), Segment::File { blob: next, offset: start, len: more })
                if Arc::ptr_eq(blob, next) && *offset + *len == *start =>
            {
                *len += more;
            }
            _ => self.segments.push(segment),
        }
    }

    pub(crate) fn append(&mut self, other: Body) {
        for segment in other.segments {
            self.push(segment);
        }
    }

    /// The same bytes in segments of at most so many, so that reading one takes little memory.
    pub(crate) fn pieces(&self, most: u64) -> impl Iterator<Item = Segment> + '_ {
        self.segments.iter().flat_map(move |segment| {
            let starts = (0..segment.len()).step_by(most.max(1) as usize);
            starts.map(move |start| segment.slice(start..segment.len().min(start + most)))
        })
    }

    /// The bytes from `range.start` up to `range.end`, which must lie within.
    pub(crate) fn slice(&self, range: Range<u64>) -> Self {
        let mut out = Self::default();
        let mut start = 0;
        for segment in &self.segments {
            let end = start + segment.len();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                out.len += to - from;
                out.segments.push(segment.slice(from - start..to - start));
            }
            start = end;
        }
        out
    }

    /// Every byte in one piece; blocks if some are in files.
    pub(crate) fn read(&self) -> io::Result<Bytes> {
        match self.segments.as_slice() {
            [] => Ok(Bytes::new()),
            [single] => single.read(),
            many => {
                let mut out = BytesMut::with_capacity(self.len as usize);
                for segment in many {
                    out.extend_from_slice(&segment.read()?);
                }
                Ok(out.freeze())
            }
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let mut body = Self::default();
        body.push(Segment::Memory(bytes));
        body
    }
}

/// Joins in place if nobody else reads the first run, so that a log of small appends is not copied for each.
fn join(first: Bytes, second: &Bytes) -> Bytes {
    let mut buffer = first.try_into_mut().unwrap_or_else(|shared| {
        let mut buffer = BytesMut::with_capacity((shared.len() + second.len()).next_power_of_two());
        buffer.extend_from_slice(&shared);
        buffer
    });
    buffer.extend_from_slice(second);
    buffer.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(pieces: &[&[u8]]) -> Body {
        let segments: Vec<_> = pieces.iter().map(|piece| Segment::Memory(Bytes::copy_from_slice(piece))).collect();
        let len = segments.iter().map(Segment::len).sum();
        Body { segments, len }
    }

    #[test]
    fn slices_cross_segments() {
        let body = rope(&[b"abc", b"defg", b"hi"]);
        for start in 0..=9 {
            for end in start..=9 {
                let slice = body.slice(start..end);
                assert_eq!(slice.len(), end - start);
                assert_eq!(slice.read().expect("memory"), b"abcdefghi"[start as usize..end as usize]);
            }
        }
    }

    #[test]
    fn small_pushes_join_and_large_ones_do_not() {
        let mut body = Body::default();
        for _ in 0..1000 {
            body.push(Segment::Memory(Bytes::from_static(b"0123456789")));
        }
        assert_eq!((body.len(), body.segments().len()), (10_000, 1));
        body.append(Bytes::from(vec![0; JOIN_BELOW]).into());
        assert_eq!(body.segments().len(), 2);
    }

    #[test]
    fn pieces_are_short_and_make_the_same_bytes() {
        let body = rope(&[b"abc", b"defg", b"hi"]);
        let pieces: Vec<_> = body.pieces(2).map(|piece| piece.read().expect("memory")).collect();
        assert_eq!(pieces, ["ab", "c", "de", "fg", "hi"]);
    }
}
