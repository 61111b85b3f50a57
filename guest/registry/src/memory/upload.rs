//! An open upload as the bucket in memory keeps it.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::ports::OssTime;

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug)]
pub(super) struct StoredUpload {
    pub initiated: OssTime,
    /// The parts by their numbers, which begin with 1.
    pub parts: BTreeMap<usize, Bytes>,
    /// How many bytes it is to begin with that are those of a file.
    pub kept: usize,
    /// What a closed writer kept beside the upload because it fills no part, and where in the content it stands.
    pub remainder: Option<(usize, Bytes)>,
    /// Whether there is an object beside the upload, which holds the two above.
    pub has_checkpoint: bool,
}

impl StoredUpload {
    pub fn new(initiated: OssTime) -> Self {
        Self { initiated, parts: BTreeMap::new(), kept: 0, remainder: None, has_checkpoint: false }
    }

    /// The parts without a gap, and what counts of the remainder: it may be stored as a part too, by a commit that failed.
    pub fn resumable(&self) -> (Vec<Bytes>, Bytes) {
        let mut parts: Vec<Bytes> = (1..).map_while(|number| self.parts.get(&number).cloned()).collect();
        let Some((start, remainder)) = &self.remainder else { return (parts, Bytes::new()) };
        let size = |parts: &[Bytes]| parts.iter().map(Bytes::len).sum::<usize>();
        let before_last = parts.split_last().map(|(last, before)| (size(before), last.len()));
        if before_last.is_some_and(|(before, last)| before == *start && last <= remainder.len()) {
            parts.pop();
        }
        let counts = size(&parts) == *start;
        (parts, if counts { remainder.clone() } else { Bytes::new() })
    }
}
