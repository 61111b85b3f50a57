//! A part and its state.

use std::ops::Range;

use crate::oss::{PartContent, UploadedPart};

/// The bytes of a part, or where OSS copies them from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartBody {
    /// Bytes in memory.
    Bytes(PartContent),
    /// A range of an object in the bucket.
    Copy(Range<u64>),
}

impl PartBody {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(content) => content.bytes().len() as u64,
            Self::Copy(range) => range.end.saturating_sub(range.start),
        }
    }

    pub(super) fn is_bytes(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}

/// A part to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// 1 to 10 000.
    pub number: u32,
    /// The part's bytes.
    pub body: PartBody,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) size: u64,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Waiting(PartBody),
    Sent(PartBody),
    Stored(UploadedPart),
}
