//! What a part is made of.

use bytes::Bytes;

use crate::checksum::crc64;

/// The bytes of a part and their CRC-64, which is computed once, however often the part is sent. Where it was computed as the
/// bytes came, it also covers the time that they wait in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartContent {
    bytes: Bytes,
    crc64: u64,
}

impl PartContent {
    /// Bytes whose CRC-64 is known.
    pub(crate) fn new(bytes: Bytes, crc64: u64) -> Self {
        Self { bytes, crc64 }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes alone.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Their CRC-64.
    pub fn crc64(&self) -> u64 {
        self.crc64
    }
}

impl From<Bytes> for PartContent {
    fn from(bytes: Bytes) -> Self {
        let crc64 = crc64(&bytes);
        Self { bytes, crc64 }
    }
}
