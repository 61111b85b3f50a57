//! A part and what becomes of it.

use std::ops::Range;

use crate::oss::{PartContent, UploadedPart};

/// Where a part's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From here.
    Bytes(PartContent),
    /// From a range of an object in the bucket.
    Copy(Range<u64>),
}

impl Source {
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
    /// Its bytes.
    pub source: Source,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) size: u64,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Waiting(Source),
    Sent(Source),
    Stored(UploadedPart),
}
