//! Restores an upload from the parts that OSS lists.
//!
//! Several parts are sent at once, so a process that ends may leave parts behind one that is missing. These don't
//! count: the caller continues before them, and may continue with other content. But OSS can't remove a single part,
//! and once the missing one exists they would be taken for content. So they are *voided*, which means replaced by a
//! mark, before anything else is sent.

use super::part::{Part, State};
use super::{Upload, etag_of};
use crate::blob::part_size::{MAX_OBJECT, MAX_PARTS};
use crate::checksum::crc64;
use crate::oss::{ListedPart, UploadedPart};

/// The content that replaces a voided part.
pub const VOID: &[u8] = b"ossicle: this part counts no more";

/// The content of the part with the highest number in an upload that must not be continued: one that belongs to a
/// single call and begins with the content of another object.
pub const NOT_RESUMABLE: &[u8] = b"ossicle: only the call that began this upload may go on with it";

/// The number of the part that holds [`NOT_RESUMABLE`].
#[allow(clippy::cast_possible_truncation, reason = "it is 10 000")]
pub const MARK_NUMBER: u32 = MAX_PARTS as u32;

/// The bytes after the last whole part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remainder {
    /// The position of the bytes in the content.
    pub start: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A restored upload.
#[derive(Debug)]
pub struct Resumed {
    /// The upload.
    pub upload: Upload,
    /// The numbers of the parts that must be voided before anything is sent.
    pub stale: Vec<u32>,
}

/// The parts that OSS lists are larger together than an object can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parts that OSS lists of the upload are larger together than an object can be")]
pub struct TooLarge;

impl Upload {
    /// Restores an upload. `listed` are the parts that OSS lists, by ascending number; they count up to the first one
    /// that is missing or void. `part_size` chooses the size of the parts that follow, from the upload as it is.
    ///
    /// The remainder counts if it begins where the counted parts end. It also counts if it begins where the last of
    /// them begins and that part is not larger: a failed commit has sent the remainder as that part, which is dropped,
    /// because more bytes can be added to a remainder. In any other position, or if the part is larger, the remainder
    /// is of an earlier suspension and is ignored.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn from_listed_parts(
        in_flight: usize,
        listed: Vec<ListedPart>,
        remainder: Option<Remainder>,
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
        if let Some(remainder) = remainder {
            let length = remainder.bytes.len() as u64;
            let last = upload.size.saturating_sub(before_last);
            if remainder.start == before_last && last > 0 && last <= length {
                upload.parts.pop();
                upload.size = before_last;
            }
            if remainder.start == upload.size {
                upload.size = sum(upload.size, length)?;
                upload.buffer = remainder.bytes.into();
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

/// Whether a part was voided. The code that voids a part checks that OSS gives it this ETag.
fn is_void(part: &ListedPart) -> bool {
    has_content(part, VOID) && part.etag.trim_matches('"').eq_ignore_ascii_case(&etag_of(VOID))
}

/// Whether an upload may be continued: false if it has the mark [`NOT_RESUMABLE`]. The mark's ETag is not compared: an
/// upload that is continued by mistake puts one file's content into another one, while one that is skipped by mistake
/// only costs a new start.
pub fn is_resumable(listed: &[ListedPart]) -> bool {
    !listed.last().is_some_and(|part| part.number == MARK_NUMBER && has_content(part, NOT_RESUMABLE))
}

/// Compares by size and CRC-64, since the content of a part can't be read.
fn has_content(part: &ListedPart, bytes: &[u8]) -> bool {
    part.size == bytes.len() as u64 && part.crc64 == Some(crc64(bytes))
}
