//! The bytes that make no whole part yet, and their CRC-64.

use bytes::Bytes;

use crate::checksum::Crc64;
use crate::oss::PartContent;

/// A buffer grows by doubling up to this many bytes, and then at once to a whole part: doubling all the way would take
/// half as much again.
const SMALL: usize = 1 << 20;

/// So many bytes at a time are taken into the CRC-64: while they are in the processor's cache still, which a whole part is
/// not, and enough of them to be folded (see `checksum`).
const SUMMED_AT_ONCE: usize = 128 << 10;

/// The bytes that make no whole part yet.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// The CRC-64 of the first [`Self::summed`] bytes.
    crc64: Crc64,
    summed: usize,
}

impl Buffer {
    /// An empty one, in memory that is free.
    pub(super) fn within(mut free: Vec<u8>) -> Self {
        free.clear();
        Self { bytes: free, ..Self::default() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Appends bytes, of a part of this size.
    pub(super) fn append(&mut self, bytes: &[u8], part_size: usize) {
        let length = self.bytes.len() + bytes.len();
        if length > SMALL.min(part_size) && self.bytes.capacity() < part_size {
            self.bytes.reserve_exact(part_size.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
        if length.saturating_sub(self.summed) >= SUMMED_AT_ONCE {
            self.sum();
        }
    }

    /// Takes into the CRC-64 what is not in it.
    fn sum(&mut self) {
        self.crc64.update(self.bytes.get(self.summed..).unwrap_or_default());
        self.summed = self.bytes.len();
    }

    /// A part of all the bytes.
    pub(super) fn into_content(mut self) -> PartContent {
        self.sum();
        PartContent::new(Bytes::from(self.bytes), self.crc64.value())
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }
}

impl From<PartContent> for Buffer {
    fn from(content: PartContent) -> Self {
        let crc64 = Crc64::after(content.crc64());
        let bytes = Vec::from(content.into_bytes());
        Self { summed: bytes.len(), bytes, crc64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::crc64;
    use proptest::prelude::*;

    const PART: usize = 5 * SUMMED_AT_ONCE;

    proptest! {
        #[test]
        fn the_crc64_is_that_of_the_bytes(
            tail in 0..SUMMED_AT_ONCE,
            pieces in prop::collection::vec((1..2 * SUMMED_AT_ONCE, any::<u8>(), any::<bool>()), 0..6),
        ) {
            let mut buffer = Buffer::from(vec![1; tail]);
            for (length, value, is_reopened) in pieces {
                let piece: Vec<u8> = (0..length).map(|at| (at as u8).wrapping_mul(value)).collect();
                buffer.append(&piece, PART);
                if is_reopened {
                    buffer = Buffer::from(buffer.into_content());
                }
            }
            let bytes = buffer.bytes().to_vec();
            let content = buffer.into_content();
            prop_assert_eq!(content.crc64(), crc64(&bytes));
            prop_assert_eq!(content.into_bytes(), bytes);
        }
    }

    /// Memory that was used for another part.
    #[test]
    fn nothing_stays_of_what_was_there() {
        let mut buffer = Buffer::within(vec![1; PART]);
        buffer.append(&[2; PART], PART);
        assert_eq!(buffer.capacity(), PART);
        assert_eq!(buffer.into_content(), PartContent::from(Bytes::from(vec![2; PART])));
    }
}
