//! What names a manifest in a path.

use std::fmt;

use crate::digest::Digest;
use crate::failure::{ErrorCode, Failure};
use crate::name::Tag;

/// What names a manifest in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A tag.
    Tag(Tag),
    /// A digest.
    Digest(Digest),
}

impl Reference {
    /// The reference that a string is. With a `:` it is a digest and never a tag.
    ///
    /// # Errors
    /// When it is neither, as the response that says so.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if text.contains(':') {
            let digest = Digest::parse(text).ok_or_else(|| Failure::invalid_digest(text))?;
            return Ok(Self::Digest(digest));
        }
        let tag = Tag::parse(text).ok_or_else(|| Failure::bad_request(ErrorCode::TagInvalid, "this is not a tag"))?;
        Ok(Self::Tag(tag))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}
