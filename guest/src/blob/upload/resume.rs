//! Going on with an upload from what OSS lists of it.
//!
//! Parts are sent several at once, so a process that ends may leave parts behind one that is missing. They don't count: the
//! caller goes on before them, and may go on with something else. But OSS removes no single part, and once the missing one
//! is there they would look as if they did. So they are *voided*, replaced by a mark, before anything else is sent.

use super::Upload;
use super::part::{Part, State};
use crate::checksum::crc64;
use crate::oss::{ListedPart, UploadedPart};

/// What replaces a part that counts no more.
pub const VOID: &[u8] = b"ossicle: this part counts no more";

/// What was kept beside an upload when it was suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Where in the content it stands.
    pub start: u64,
    /// The size of the upload's parts.
    pub part_size: u64,
    /// The bytes, at most a part's.
    pub bytes: Vec<u8>,
}

/// An upload to go on with.
#[derive(Debug)]
pub struct Resumed {
    /// The upload.
    pub upload: Upload,
    /// The numbers of the parts to void first.
    pub stale: Vec<u32>,
}

impl Upload {
    /// Goes on with an upload. The parts are those that OSS lists, by ascending number: up to the first that is missing or
    /// void they count.
    ///
    /// A tail counts where it stands at their end. Behind its place there may also be one part that is no whole one: what a
    /// commit that failed made of it. Then the longer of the two counts. A tail that stands elsewhere, or has a whole part
    /// behind it, is of an earlier suspension.
    pub fn resume(part_size: usize, in_flight: usize, listed: Vec<ListedPart>, tail: Option<Tail>) -> Resumed {
        let mut upload = Self::new(part_size, in_flight);
        let mut before_last = 0;
        let present: Vec<u32> = listed.iter().filter(|part| !is_void(part)).map(|part| part.number).collect();
        for (expected, part) in (1..).zip(listed) {
            if part.number != expected || is_void(&part) {
                break;
            }
            before_last = upload.size;
            upload.size += part.size;
            let stored = UploadedPart { etag: part.etag, crc64: part.crc64 };
            upload.parts.push(Part { size: part.size, state: State::Stored(stored) });
        }
        if let Some(tail) = tail {
            let length = tail.bytes.len() as u64;
            let last = upload.size.saturating_sub(before_last);
            if tail.start == before_last && last > 0 && last < tail.part_size && last <= length {
                upload.parts.pop();
                upload.size = before_last;
            }
            if tail.start == upload.size {
                upload.size += length;
                upload.buffer = tail.bytes;
            }
        }
        let last = upload.last_number();
        Resumed { upload, stale: present.into_iter().filter(|number| *number > last).collect() }
    }
}

fn is_void(part: &ListedPart) -> bool {
    part.size == VOID.len() as u64 && part.crc64 == Some(crc64(VOID))
}
