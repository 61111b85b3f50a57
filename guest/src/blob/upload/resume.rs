//! Going on with an upload from what OSS lists of it.

use super::Upload;
use super::part::{Part, State};
use crate::oss::{ListedPart, UploadedPart};

/// What was kept beside an upload when it was suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Where in the content it stands.
    pub start: u64,
    /// The size of the upload's parts.
    pub part_size: u64,
    /// The bytes, fewer than a part has.
    pub bytes: Vec<u8>,
}

impl Upload {
    /// Goes on with an upload. The parts are those that OSS lists, by ascending number: up to the first that is missing
    /// they count; what is behind it was sent out of turn and will be replaced. A tail counts where it stands at their end,
    /// and where a commit that failed made it the last of them; one that stands elsewhere is of an earlier suspension.
    pub fn resume(part_size: usize, in_flight: usize, listed: Vec<ListedPart>, tail: Option<Tail>) -> Self {
        let mut upload = Self::new(part_size, in_flight);
        for (expected, part) in (1..).zip(listed) {
            if part.number != expected {
                break;
            }
            upload.size += part.size;
            let stored = UploadedPart { etag: part.etag, crc64: part.crc64 };
            upload.parts.push(Part { size: part.size, state: State::Stored(stored) });
        }
        let Some(tail) = tail else { return upload };
        let length = tail.bytes.len() as u64;
        if tail.start.checked_add(length) == Some(upload.size)
            && upload.parts.last().is_some_and(|last| last.size == length)
        {
            upload.parts.pop();
            upload.size = tail.start;
        }
        if tail.start == upload.size {
            upload.size += length;
            upload.buffer = tail.bytes;
        }
        upload
    }
}
