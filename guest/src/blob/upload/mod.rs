//! The multipart upload as a state machine without I/O and clock: it takes bytes and ranges to copy, returns the part
//! to send next, and is notified of the outcome of each part.
//!
//! Parts are numbered from 1 in the order of their content. Each is *waiting*, *sent* or *stored*. A part holds its
//! bytes until it is stored, so nothing is lost if a request fails, and at most (parts in flight + 1) parts are in
//! memory.

mod buffer;
mod manifest;
mod part;
mod pieces;
mod resume;

#[cfg(test)]
mod model_tests;

use std::collections::VecDeque;

use bytes::Bytes;

use super::part_size::{MAX_PARTS, MIN_PART, copy_ranges};
use crate::oss::{PartContent, UploadedPart};
use buffer::Buffer;
pub use manifest::Manifest;
pub(super) use manifest::etag_of;
pub use part::{Outgoing, PartBody};
use part::{Part, State};
pub use pieces::StoredPiece;
pub use resume::{MARK_NUMBER, NOT_RESUMABLE, Remainder, Resumed, TooLarge, VOID, is_resumable};

/// Why the upload takes no more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// All part numbers are used.
    #[error(
        "the 10000 parts that an upload may have are full: write with larger parts (part-size), or tell the size \
         beforehand (size-hint)"
    )]
    Parts,
    /// OSS takes parts of less than 100 KiB as the last ones only.
    #[error(
        "the upload ends in a part of less than 100 KiB, which a commit that failed left and nothing can follow: commit \
         it as it is, or cancel it"
    )]
    SmallPart,
}

/// A multipart upload.
#[derive(Debug)]
pub struct Upload {
    part_size: usize,
    in_flight: usize,
    /// The most parts that the upload may have.
    max_parts: u64,
    /// By number, from 1.
    parts: Vec<Part>,
    /// The numbers of the waiting parts.
    waiting: VecDeque<u32>,
    sent: usize,
    /// How many waiting or sent parts hold bytes in memory.
    held: usize,
    /// The bytes that do not fill a part yet.
    buffer: Buffer,
    /// The buffers of stored parts, for later ones. A new buffer for each part would cost three more copies of all
    /// bytes: it must be allocated, grown and wiped.
    spares: Vec<Vec<u8>>,
    /// The size in bytes of all parts and the buffer.
    size: u64,
}

impl Upload {
    /// An upload with parts of this size, of which `in_flight` may be sent at the same time.
    pub fn new(part_size: usize, in_flight: usize) -> Self {
        Self {
            part_size: part_size.max(1),
            in_flight: in_flight.max(1),
            max_parts: MAX_PARTS,
            parts: Vec::new(),
            waiting: VecDeque::new(),
            sent: 0,
            held: 0,
            buffer: Buffer::default(),
            spares: Vec::new(),
            size: 0,
        }
    }

    /// Begins the content with the first bytes of an object, copied in parts of at most `part_size` bytes. To be called
    /// before any bytes are taken.
    pub fn copy(&mut self, size: u64, part_size: u64) {
        copy_ranges(size, part_size).for_each(|range| self.push(PartBody::Copy(range)));
    }

    /// Keeps the highest part number free for a mark.
    pub fn reserve_last_number(&mut self) {
        self.max_parts = MAX_PARTS - 1;
    }

    /// The number of bytes that were taken or are to be copied.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many more bytes the unused part numbers can hold.
    pub fn room(&self) -> u64 {
        let left = self.max_parts.saturating_sub(self.parts.len() as u64);
        left.saturating_mul(self.part_size as u64).saturating_sub(self.buffer.len() as u64)
    }

    /// The number of bytes held in memory, rounded up to whole parts.
    pub fn held(&self) -> usize {
        self.held * self.part_size + self.buffer.len()
    }

    /// The size of a part in bytes.
    pub fn part_size(&self) -> usize {
        self.part_size
    }

    /// The number of parts, without the buffer.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// How many parts lie completely within the first bytes of the content.
    pub fn parts_within(&self, bytes: u64) -> u64 {
        let mut end = 0_u64;
        let sizes = self.parts.iter().map(|part| part.size);
        let within = sizes.take_while(|size| {
            end = end.saturating_add(*size);
            end <= bytes
        });
        within.count() as u64
    }

    /// The bytes that do not fill a part yet.
    pub fn rest(&self) -> &[u8] {
        self.buffer.bytes()
    }

    /// Takes as many of these bytes as there is room for, and returns how many. That may be 0 until a part is stored.
    ///
    /// # Errors
    /// [`Full`] if no part could hold the bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, Full> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.reopen();
        if self.ends_in_small_part() {
            return Err(Full::SmallPart);
        }
        if self.held > self.in_flight {
            return Ok(0);
        }
        if self.buffer.len() >= self.part_size {
            if self.held == self.in_flight {
                return Ok(0);
            }
            self.seal();
        }
        // A full part may be the last one, so a further part number is needed only now.
        if self.parts.len() as u64 >= self.max_parts {
            return Err(Full::Parts);
        }
        let room = self.part_size.saturating_sub(self.buffer.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        if self.buffer.capacity() == 0
            && let Some(spare) = self.spares.pop()
        {
            self.buffer = Buffer::within(spare);
        }
        self.buffer.append(taken, self.part_size);
        self.size += taken.len() as u64;
        Ok(taken.len())
    }

    /// Makes a part of the bytes in the buffer, if there are any. It is the last part, unless more bytes are taken
    /// before it is sent.
    pub fn seal(&mut self) {
        if !self.buffer.is_empty() {
            let content = std::mem::take(&mut self.buffer).into_content();
            self.size -= content.bytes().len() as u64;
            self.push(PartBody::Bytes(content));
        }
    }

    /// Moves the last part back into the buffer, if it is smaller than a whole part and was not sent.
    pub fn reopen(&mut self) {
        if !self.buffer.is_empty() {
            return;
        }
        let number = self.last_number();
        let Some(mut last) = self.parts.pop() else { return };
        last.state = match last.state {
            State::Waiting(PartBody::Bytes(content)) if content.bytes().len() < self.part_size => {
                self.waiting.retain(|other| *other != number);
                self.held -= 1;
                self.buffer = Buffer::from(content);
                return;
            }
            other => other,
        };
        self.parts.push(last);
    }

    /// The next part to send, if one is waiting and fewer than `in_flight` are being sent.
    pub fn send(&mut self) -> Option<Outgoing> {
        if self.sent >= self.in_flight {
            return None;
        }
        let number = self.waiting.pop_front()?;
        let part = self.part(number)?;
        let State::Waiting(body) = &part.state else { return None };
        let body = body.clone();
        part.state = State::Sent(body.clone());
        self.sent += 1;
        Some(Outgoing { number, body })
    }

    /// Notes that a sent part is stored. Ignored for any other part.
    pub fn stored(&mut self, number: u32, stored: UploadedPart) {
        let Some(part) = self.part(number) else { return };
        if !matches!(part.state, State::Sent(_)) {
            return;
        }
        let before = std::mem::replace(&mut part.state, State::Stored(stored));
        self.sent -= 1;
        if let State::Sent(PartBody::Bytes(content)) = before {
            self.held -= 1;
            if let Ok(mut free) = content.into_bytes().try_into_mut() {
                free.clear();
                self.spares.push(free.into());
            }
        }
    }

    /// Releases the buffers that are kept for later parts.
    pub fn release_spares(&mut self) {
        self.spares = Vec::new();
    }

    /// Notes that sending a part failed: it waits to be sent again. Ignored for any other part.
    pub fn failed(&mut self, number: u32) {
        let Some(part) = self.part(number) else { return };
        if let State::Sent(body) = &part.state {
            part.state = State::Waiting(body.clone());
            self.waiting.push_front(number);
            self.sent -= 1;
        }
    }

    /// Notes that the outcome of all sent parts is unknown: they wait to be sent again under the same numbers.
    pub fn interrupted(&mut self) {
        for number in (1..=self.last_number()).rev() {
            self.failed(number);
        }
    }

    /// Whether every part is stored.
    pub fn is_flushed(&self) -> bool {
        self.sent == 0 && self.waiting.is_empty()
    }

    /// The whole content, if it is at most one part that was not sent yet: one request can store it.
    pub fn single_request_content(&self) -> Option<PartContent> {
        let mut parts = self.parts.iter();
        match (parts.next(), parts.next()) {
            (None, _) if self.buffer.is_empty() => Some(PartContent::from(Bytes::new())),
            (Some(Part { state: State::Waiting(PartBody::Bytes(content)), .. }), None) if self.buffer.is_empty() => {
                Some(content.clone())
            }
            _ => None,
        }
    }

    fn push(&mut self, body: PartBody) {
        let size = body.len();
        self.held += usize::from(body.is_bytes());
        self.size += size;
        self.parts.push(Part { size, state: State::Waiting(body) });
        self.waiting.push_back(self.last_number());
    }

    fn part(&mut self, number: u32) -> Option<&mut Part> {
        self.parts.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    fn last_number(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    fn ends_in_small_part(&self) -> bool {
        self.buffer.is_empty() && self.parts.last().is_some_and(|last| last.size < MIN_PART.min(self.part_size as u64))
    }
}
