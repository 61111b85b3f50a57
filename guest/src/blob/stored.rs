//! What is stored already when a writer continues an upload.

use super::upload::StoredPiece;

/// What was stored when the writer was opened, for a caller that sends the content again from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Whether the writer continues an upload that it found.
    pub is_resumed: bool,
    /// How many bytes at the beginning of the content are those of the file that the upload continues.
    pub kept: u64,
    /// The pieces after these bytes, in order and without a gap.
    pub pieces: Vec<StoredPiece>,
}
