//! The object that an upload's parts make once all of them are stored.

use md5::{Digest as _, Md5};

use super::Upload;
use super::part::State;
use crate::checksum::combine_crc64;

/// The parts of an object, and the size and CRC-64 that it will have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The parts by ascending number, each with its ETag.
    pub parts: Vec<(u32, String)>,
    /// In bytes.
    pub size: u64,
    /// The CRC-64 of the whole; `None` if OSS did not state that of each copied part.
    pub crc64: Option<u64>,
}

impl Manifest {
    /// The ETag that OSS gives an object of these parts, without quotes: the MD5 of their ETags' text, and their number.
    pub fn etag(&self) -> String {
        let etags: String = self.parts.iter().map(|(_, etag)| etag.trim_matches('"')).collect();
        format!("{}-{}", etag_of(etags.as_bytes()), self.parts.len())
    }
}

/// The ETag that OSS gives a part of these bytes, without quotes: their MD5.
pub(in crate::blob) fn etag_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
}

impl Upload {
    /// The manifest; `None` while a part is not stored or the buffer holds bytes.
    pub fn manifest(&self) -> Option<Manifest> {
        if !self.buffer.is_empty() {
            return None;
        }
        let mut manifest = Manifest { parts: Vec::with_capacity(self.parts.len()), size: 0, crc64: Some(0) };
        for (number, part) in (1..).zip(&self.parts) {
            let State::Stored(stored) = &part.state else { return None };
            let joined = manifest.crc64.zip(stored.crc64);
            manifest.crc64 = joined.map(|(before, own)| combine_crc64(before, own, part.size));
            manifest.size += part.size;
            manifest.parts.push((number, stored.etag.clone()));
        }
        Some(manifest)
    }
}
