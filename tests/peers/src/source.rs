//! The bytes that are uploaded.

use std::sync::OnceLock;

use bytes::Bytes;

/// What a read of the stream gives at most, as of a socket.
pub const CHUNK: usize = 64 << 10;

const BLOCK: usize = 1 << 20;

/// A MiB that does not repeat itself: numbers by a linear congruence (Knuth's MMIX), of which the high half is taken.
fn block() -> &'static Bytes {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        (0..BLOCK / 4).flat_map(|_| next().to_le_bytes()).collect::<Vec<u8>>().into()
    })
}

/// The content of a small object.
pub fn small(size: usize) -> Bytes {
    block().slice(..size)
}

/// The block over and over, without a copy of it: what a client does with the bytes is its own cost, and nothing else is.
pub struct Source {
    position: u64,
    size: u64,
}

impl Source {
    /// A stream of so many bytes.
    pub fn new(size: u64) -> Self {
        Self { position: 0, size }
    }

    /// Bytes still to come.
    pub fn left(&self) -> u64 {
        self.size - self.position
    }

    /// The next bytes, at most so many and at most [`CHUNK`]; none at the end.
    pub fn chunk(&mut self, most: usize) -> Bytes {
        let within = (self.position % BLOCK as u64) as usize;
        let length = most.min(CHUNK).min(BLOCK - within).min(usize::try_from(self.left()).unwrap_or(CHUNK));
        self.position += length as u64;
        block().slice(within..within + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_its_size_whatever_is_asked_for() {
        let (size, mut whole) = (3 * BLOCK as u64 + 17, 0);
        let mut source = Source::new(size);
        for most in [1, CHUNK, usize::MAX, 100_000].into_iter().cycle() {
            let chunk = source.chunk(most);
            assert!(chunk.len() <= most.min(CHUNK));
            let at = whole % BLOCK;
            assert_eq!(chunk, block().slice(at..at + chunk.len()));
            whole += chunk.len();
            if chunk.is_empty() {
                break;
            }
        }
        assert_eq!((whole as u64, source.left()), (size, 0));
    }
}
