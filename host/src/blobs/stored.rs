//! The content that is already stored when a writer continues an upload.

use crate::wit::blob_driver as wit;

/// What was stored when a [`Writer`](crate::Writer) was begun. Whoever brings the content again from its beginning compares
/// it with this before going on: an upload does not tell of what file it was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredContent {
    /// Whether the writer goes on with an upload that it found.
    pub is_resumed: bool,
    /// How many bytes the content begins with that are those of the file which the upload continues: 0 for an upload that
    /// was begun without appending, otherwise the file's size at that time.
    pub kept: u64,
    /// What follows these, in its order and without a gap.
    pub pieces: Vec<StoredPiece>,
}

/// Bytes of an upload that are stored: a part, or what follows the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredPiece {
    /// The part's number; none for what follows the last part.
    pub part: Option<u32>,
    /// In bytes.
    pub size: u64,
    /// Their CRC-64, as OSS computes it (CRC-64/XZ); none where OSS did not state it.
    pub crc64: Option<u64>,
    /// The part's ETag as OSS states it, which for a part is its MD5; none where the piece is not the whole of a part.
    pub etag: Option<String>,
}

impl From<wit::StoredContent> for StoredContent {
    fn from(stored: wit::StoredContent) -> Self {
        let piece = |piece: wit::StoredPiece| {
            let wit::StoredPiece { part, size, crc64, etag } = piece;
            StoredPiece { part, size, crc64, etag }
        };
        let wit::StoredContent { is_resumed, kept, pieces } = stored;
        Self { is_resumed, kept, pieces: pieces.into_iter().map(piece).collect() }
    }
}
