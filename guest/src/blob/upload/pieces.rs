//! The stored pieces of an upload, for a caller that compares them with a content of its own.

use super::Upload;
use super::part::State;
use crate::checksum::{combine_crc64, crc64};

/// Stored bytes of an upload: a part, or the bytes after the last part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPiece {
    /// The part's number; `None` for the bytes after the last part.
    pub part: Option<u32>,
    /// In bytes.
    pub size: u64,
    /// The CRC-64 of the bytes; `None` if OSS did not state it.
    pub crc64: Option<u64>,
    /// The part's ETag, quoted; `None` if the piece is only some of a part.
    pub etag: Option<String>,
}

impl Upload {
    /// The pieces after the first `kept` bytes, in order. `kept_crc64` is the CRC-64 of these bytes; it is needed if
    /// one part holds both them and bytes that follow.
    pub fn pieces(&self, kept: u64, kept_crc64: u64) -> Vec<StoredPiece> {
        let mut pieces = Vec::new();
        let mut start = 0_u64;
        for (number, part) in (1..).zip(&self.parts) {
            let State::Stored(stored) = &part.state else { break };
            let end = start.saturating_add(part.size);
            if start >= kept {
                let etag = Some(stored.etag.clone());
                pieces.push(StoredPiece { part: Some(number), size: part.size, crc64: stored.crc64, etag });
            } else if end > kept {
                let size = end.saturating_sub(kept);
                // The CRC-64 of the part combines that of the kept bytes with that of the rest. Combining again cancels
                // the former.
                let crc64 = stored.crc64.filter(|_| start == 0).map(|whole| combine_crc64(kept_crc64, whole, size));
                pieces.push(StoredPiece { part: Some(number), size, crc64, etag: None });
            }
            start = end;
        }
        let before = usize::try_from(kept.saturating_sub(start)).unwrap_or(usize::MAX);
        if let Some(rest) = self.buffer.bytes().get(before..).filter(|rest| !rest.is_empty()) {
            pieces.push(StoredPiece { part: None, size: rest.len() as u64, crc64: Some(crc64(rest)), etag: None });
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::upload::Remainder;
    use crate::oss::ListedPart;

    fn resumed(parts: &[&[u8]], remainder: &[u8]) -> Upload {
        let listed = (1..).zip(parts).map(|(number, bytes)| ListedPart {
            number,
            size: bytes.len() as u64,
            etag: format!("\"{number}\""),
            crc64: Some(crc64(bytes)),
        });
        let start = parts.iter().map(|part| part.len() as u64).sum();
        let remainder = Remainder { start, bytes: remainder.to_vec() };
        Upload::from_listed_parts(1, listed.collect(), Some(remainder), |_| 8).unwrap().upload
    }

    #[test]
    fn pieces_are_what_follows_the_kept_bytes() {
        let piece = |part: Option<u32>, bytes: &[u8], is_whole: bool| StoredPiece {
            part,
            size: bytes.len() as u64,
            crc64: Some(crc64(bytes)),
            etag: part.filter(|_| is_whole).map(|part| format!("\"{part}\"")),
        };
        let upload = resumed(&[b"first", b"second"], b"tail");
        let (second, remainder) = (piece(Some(2), b"second", true), piece(None, b"tail", false));
        assert_eq!(upload.pieces(0, 0), [piece(Some(1), b"first", true), second.clone(), remainder.clone()]);
        assert_eq!(upload.pieces(5, 0), [second.clone(), remainder.clone()]);
        // A first part that holds kept bytes and others.
        assert_eq!(upload.pieces(2, crc64(b"fi")), [piece(Some(1), b"rst", false), second, remainder.clone()]);
        assert_eq!(upload.pieces(11, 0), [remainder]);
        assert_eq!(upload.pieces(13, 0), [piece(None, b"il", false)]);
        assert_eq!(upload.pieces(15, 0), []);
        assert_eq!(upload.pieces(99, 0), []);
        assert_eq!(resumed(&[], b"tail").pieces(1, 0), [piece(None, b"ail", false)]);
    }
}
