//! What is stored of an upload, piece by piece, for whoever is to compare it with a content of its own.

use super::Upload;
use super::part::State;
use crate::checksum::{combine_crc64, crc64};

/// Bytes of an upload that are stored: a part, or what follows the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPiece {
    /// The part's number; none for what follows the last part.
    pub part: Option<u32>,
    /// In bytes.
    pub size: u64,
    /// Their CRC-64; none where OSS did not state it.
    pub crc64: Option<u64>,
    /// The part's ETag, quoted; none where the piece is not the whole of one.
    pub etag: Option<String>,
}

impl Upload {
    /// The pieces behind the first `kept` bytes, in their order. `kept_crc64` is the CRC-64 of the first bytes, where a part
    /// holds them and what follows.
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
                // That of the whole is that of the beginning, moved by the length of the rest, and that of the rest.
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
    use crate::blob::upload::Tail;
    use crate::oss::ListedPart;

    fn resumed(parts: &[&[u8]], tail: &[u8]) -> Upload {
        let listed = (1..).zip(parts).map(|(number, bytes)| ListedPart {
            number,
            size: bytes.len() as u64,
            etag: format!("\"{number}\""),
            crc64: Some(crc64(bytes)),
        });
        let start = parts.iter().map(|part| part.len() as u64).sum();
        let tail = Tail { start, bytes: tail.to_vec() };
        Upload::resume(1, listed.collect(), Some(tail), |_| 8).unwrap().upload
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
        let (second, tail) = (piece(Some(2), b"second", true), piece(None, b"tail", false));
        assert_eq!(upload.pieces(0, 0), [piece(Some(1), b"first", true), second.clone(), tail.clone()]);
        assert_eq!(upload.pieces(5, 0), [second.clone(), tail.clone()]);
        // A first part that holds kept bytes and others.
        assert_eq!(upload.pieces(2, crc64(b"fi")), [piece(Some(1), b"rst", false), second, tail.clone()]);
        assert_eq!(upload.pieces(11, 0), [tail]);
        assert_eq!(upload.pieces(13, 0), [piece(None, b"il", false)]);
        assert_eq!(upload.pieces(15, 0), []);
        assert_eq!(upload.pieces(99, 0), []);
        assert_eq!(resumed(&[], b"tail").pieces(1, 0), [piece(None, b"ail", false)]);
    }
}
