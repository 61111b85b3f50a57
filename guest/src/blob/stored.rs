//! What is stored when a writer goes on with an upload.

use super::upload::StoredPiece;

/// What was stored when a writer was begun, for whoever brings the content again from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Whether the writer goes on with an upload that it found.
    pub is_resumed: bool,
    /// How many bytes the content begins with that are those of the file which the upload continues.
    pub kept: u64,
    /// The pieces that follow these, in their order and without a gap.
    pub pieces: Vec<StoredPiece>,
}
