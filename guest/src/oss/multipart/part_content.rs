//! The content of a part.

use bytes::Bytes;

use crate::checksum::crc64;

/// The bytes of a part and their CRC-64, which is computed only once, however often the part is sent. If it was
/// computed while the bytes arrived, it also detects damage while they are in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartContent {
    bytes: Bytes,
    crc64: u64,
}

impl PartContent {
    /// A content whose CRC-64 is known.
    pub(crate) fn new(bytes: Bytes, crc64: u64) -> Self {
        Self { bytes, crc64 }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes without the CRC-64.
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
