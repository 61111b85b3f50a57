//! The multipart upload as a machine: it takes bytes and ranges to copy, says which part to send next, and is told what
//! became of each. No I/O, no clock.
//!
//! Parts are numbered from 1 in the order of their content. Each is *waiting*, *sent* or *stored*; what has not been stored
//! still holds its bytes, so nothing is lost whatever fails, and the bytes held are at most (parts in flight + 1) parts.

mod buffer;
mod manifest;
mod part;
mod pieces;
mod resume;

#[cfg(test)]
mod model_tests;

use std::collections::VecDeque;

use bytes::Bytes;

use super::part_size::{MAX_PARTS, MIN_PART, cut};
use crate::oss::{PartContent, UploadedPart};
use buffer::Buffer;
pub use manifest::Manifest;
pub(super) use manifest::etag_of;
pub use part::{Outgoing, Source};
use part::{Part, State};
pub use pieces::StoredPiece;
pub use resume::{MARK_NUMBER, NOT_RESUMABLE, Resumed, Tail, TooLarge, VOID, is_resumable};

/// Why no more bytes can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// All numbers are given out.
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
    /// How many parts it may have.
    most_parts: u64,
    /// By number, from 1.
    parts: Vec<Part>,
    /// The numbers of those that wait.
    waiting: VecDeque<u32>,
    sent: usize,
    /// The parts with bytes that are waiting or sent.
    held: usize,
    /// What makes no whole part yet.
    buffer: Buffer,
    /// The memory of parts that are stored, for those that come: to make a new buffer for each part, let it grow and wipe it
    /// would be three more copies of all bytes.
    spares: Vec<Vec<u8>>,
    /// Bytes in all: in parts and in the buffer.
    size: u64,
}

impl Upload {
    /// An upload of parts of this size, with so many sent at once.
    pub fn new(part_size: usize, in_flight: usize) -> Self {
        Self {
            part_size: part_size.max(1),
            in_flight: in_flight.max(1),
            most_parts: MAX_PARTS,
            parts: Vec::new(),
            waiting: VecDeque::new(),
            sent: 0,
            held: 0,
            buffer: Buffer::default(),
            spares: Vec::new(),
            size: 0,
        }
    }

    /// Begins with the first bytes of an object, copied in parts of at most this size. Before anything else.
    pub fn copy(&mut self, size: u64, part_size: u64) {
        cut(size, part_size).for_each(|range| self.push(Source::Copy(range)));
    }

    /// Gives the highest number to no part, so that a mark can have it.
    pub fn leave_last_number(&mut self) {
        self.most_parts = MAX_PARTS - 1;
    }

    /// Bytes in all that were taken or are to be copied.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many more bytes there are part numbers for.
    pub fn room(&self) -> u64 {
        let left = self.most_parts.saturating_sub(self.parts.len() as u64);
        left.saturating_mul(self.part_size as u64).saturating_sub(self.buffer.len() as u64)
    }

    /// Bytes that are held in memory.
    pub fn held(&self) -> usize {
        self.held * self.part_size + self.buffer.len()
    }

    /// The size of a part in bytes.
    pub fn part_size(&self) -> usize {
        self.part_size
    }

    /// How many parts there are, the buffer not counted.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// How many parts hold nothing but the first bytes of the content.
    pub fn parts_within(&self, bytes: u64) -> u64 {
        let mut end = 0_u64;
        let sizes = self.parts.iter().map(|part| part.size);
        let within = sizes.take_while(|size| {
            end = end.saturating_add(*size);
            end <= bytes
        });
        within.count() as u64
    }

    /// What makes no whole part yet.
    pub fn rest(&self) -> &[u8] {
        self.buffer.bytes()
    }

    /// Takes as many of these bytes as there is room for, which may be none until a part is stored.
    ///
    /// # Errors
    /// [`Full`] when no part could hold them.
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
        // A part that is full may be the last one; one more is needed only now.
        if self.parts.len() as u64 >= self.most_parts {
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

    /// Makes a part of what makes no whole one, if there is anything: the last one, unless more bytes are taken before it is
    /// sent.
    pub fn seal(&mut self) {
        if !self.buffer.is_empty() {
            let content = std::mem::take(&mut self.buffer).into_content();
            self.size -= content.bytes().len() as u64;
            self.push(Source::Bytes(content));
        }
    }

    /// Takes the last part back into the buffer, if it is not a whole one and was not sent.
    pub fn reopen(&mut self) {
        if !self.buffer.is_empty() {
            return;
        }
        let number = self.last_number();
        let Some(mut last) = self.parts.pop() else { return };
        last.state = match last.state {
            State::Waiting(Source::Bytes(content)) if content.bytes().len() < self.part_size => {
                self.waiting.retain(|other| *other != number);
                self.held -= 1;
                self.buffer = Buffer::from(content);
                return;
            }
            other => other,
        };
        self.parts.push(last);
    }

    /// The next part to send, if one waits and not too many are sent already.
    pub fn send(&mut self) -> Option<Outgoing> {
        if self.sent >= self.in_flight {
            return None;
        }
        let number = self.waiting.pop_front()?;
        let part = self.part(number)?;
        let State::Waiting(source) = &part.state else { return None };
        let source = source.clone();
        part.state = State::Sent(source.clone());
        self.sent += 1;
        Some(Outgoing { number, source })
    }

    /// A part that was sent is stored. Anything else is ignored.
    pub fn stored(&mut self, number: u32, stored: UploadedPart) {
        let Some(part) = self.part(number) else { return };
        if !matches!(part.state, State::Sent(_)) {
            return;
        }
        let before = std::mem::replace(&mut part.state, State::Stored(stored));
        self.sent -= 1;
        if let State::Sent(Source::Bytes(content)) = before {
            self.held -= 1;
            if let Ok(mut free) = content.into_bytes().try_into_mut() {
                free.clear();
                self.spares.push(free.into());
            }
        }
    }

    /// Gives back the memory that is kept for parts that come.
    pub fn release_spares(&mut self) {
        self.spares = Vec::new();
    }

    /// A part that was sent did not arrive: it waits to be sent again. Anything else is ignored.
    pub fn failed(&mut self, number: u32) {
        let Some(part) = self.part(number) else { return };
        if let State::Sent(source) = &part.state {
            part.state = State::Waiting(source.clone());
            self.waiting.push_front(number);
            self.sent -= 1;
        }
    }

    /// Nobody knows what became of the parts that were sent: they wait to be sent again, in place of themselves.
    pub fn interrupted(&mut self) {
        for number in (1..=self.last_number()).rev() {
            self.failed(number);
        }
    }

    /// Whether every part is stored.
    pub fn is_settled(&self) -> bool {
        self.sent == 0 && self.waiting.is_empty()
    }

    /// The content, when all of it is in at most one part that was not sent yet: one request can store it.
    pub fn small(&self) -> Option<PartContent> {
        let mut parts = self.parts.iter();
        match (parts.next(), parts.next()) {
            (None, _) if self.buffer.is_empty() => Some(PartContent::from(Bytes::new())),
            (Some(Part { state: State::Waiting(Source::Bytes(content)), .. }), None) if self.buffer.is_empty() => {
                Some(content.clone())
            }
            _ => None,
        }
    }

    fn push(&mut self, source: Source) {
        let size = source.len();
        self.held += usize::from(source.is_bytes());
        self.size += size;
        self.parts.push(Part { size, state: State::Waiting(source) });
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
