//! Going on with an upload from what OSS lists of it.
//!
//! Parts are sent several at once, so a process that ends may leave parts behind one that is missing. They don't count: the
//! caller goes on before them, and may go on with something else. But OSS removes no single part, and once the missing one
//! is there they would look as if they did. So they are *voided*, replaced by a mark, before anything else is sent.

use super::part::{Part, State};
use super::{Upload, etag_of};
use crate::blob::part_size::{MAX_OBJECT, MAX_PARTS};
use crate::checksum::crc64;
use crate::oss::{ListedPart, UploadedPart};

/// What replaces a part that counts no more.
pub const VOID: &[u8] = b"ossicle: this part counts no more";

/// What is stored as the part of the highest number in an upload that nobody is to go on with: one that belongs to a single
/// call and begins with the content of another object.
pub const NOT_RESUMABLE: &[u8] = b"ossicle: only the call that began this upload may go on with it";

/// The number of [`NOT_RESUMABLE`].
#[allow(clippy::cast_possible_truncation, reason = "it is 10 000")]
pub const MARK_NUMBER: u32 = MAX_PARTS as u32;

/// The bytes that make no whole part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// Where in the content they stand.
    pub start: u64,
    /// The bytes.
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

/// What OSS lists of an upload makes more than an object can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parts that OSS lists of the upload are larger together than an object can be")]
pub struct TooLarge;

impl Upload {
    /// Goes on with an upload. The parts are those that OSS lists, by ascending number: up to the first that is missing or
    /// void they count. `part_size` chooses the size of the parts that follow, from the upload as it is.
    ///
    /// A tail counts where it stands at their end. Behind its place there may also be one part that is no larger: what a
    /// commit that failed made of it. Then the tail counts, since more can be added to it. A tail that stands elsewhere, or
    /// has a larger part behind it, is of an earlier suspension.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn resume(
        in_flight: usize,
        listed: Vec<ListedPart>,
        tail: Option<Tail>,
        part_size: impl FnOnce(&Self) -> usize,
    ) -> Result<Resumed, TooLarge> {
        let mut upload = Self::new(1, in_flight);
        let mut before_last = 0;
        let present: Vec<u32> = listed.iter().filter(|part| !is_void(part)).map(|part| part.number).collect();
        for (expected, part) in (1..).zip(listed) {
            if part.number != expected || is_void(&part) {
                break;
            }
            before_last = upload.size;
            upload.size = sum(upload.size, part.size)?;
            let stored = UploadedPart { etag: part.etag, crc64: part.crc64 };
            upload.parts.push(Part { size: part.size, state: State::Stored(stored) });
        }
        if let Some(tail) = tail {
            let length = tail.bytes.len() as u64;
            let last = upload.size.saturating_sub(before_last);
            if tail.start == before_last && last > 0 && last <= length {
                upload.parts.pop();
                upload.size = before_last;
            }
            if tail.start == upload.size {
                upload.size = sum(upload.size, length)?;
                upload.buffer = tail.bytes.into();
            }
        }
        let last = upload.last_number();
        upload.part_size = part_size(&upload).max(1);
        Ok(Resumed { upload, stale: present.into_iter().filter(|number| *number > last).collect() })
    }
}

fn sum(size: u64, more: u64) -> Result<u64, TooLarge> {
    size.checked_add(more).filter(|sum| *sum <= MAX_OBJECT).ok_or(TooLarge)
}

/// Whether a part was voided. Whoever voids one sees to it that OSS gives it this ETag.
fn is_void(part: &ListedPart) -> bool {
    holds(part, VOID) && part.etag.trim_matches('"').eq_ignore_ascii_case(&etag_of(VOID))
}

/// Whether an upload belongs to a single call. Its ETag is not looked at: to go on with such an upload by mistake would put
/// one file's content into another one, and to leave one out that is another's costs no more than a new beginning.
pub fn is_resumable(listed: &[ListedPart]) -> bool {
    !listed.last().is_some_and(|part| part.number == MARK_NUMBER && holds(part, NOT_RESUMABLE))
}

/// By size and CRC-64: OSS gives no part of an upload back.
fn holds(part: &ListedPart, bytes: &[u8]) -> bool {
    part.size == bytes.len() as u64 && part.crc64 == Some(crc64(bytes))
}
