//! On which conditions files are read and changed: the host's mirrors of `read-condition`, `publish-options` and what builds
//! on them in the WIT.

use crate::window::Window;
use crate::wit::blob_driver as wit;

/// On which conditions OSS makes what was written or copied a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishOptions {
    /// Whether OSS refuses it where there is a file already: the call fails with `StorageError::Conflict` then. Only buckets
    /// on which versioning never was on heed it. A conflict that is undecided may be due to an earlier copy of the request.
    pub create_only: bool,
    /// When OSS may take it. Default: at any time.
    pub window: Option<Window>,
}

impl PublishOptions {
    /// No conditions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only where there is no file.
    pub fn create_only(mut self) -> Self {
        self.create_only = true;
        self
    }

    /// Only within a window.
    pub fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    pub(super) fn to_wit(self) -> wit::PublishOptions {
        wit::PublishOptions { create_only: self.create_only, window: self.window.map(Window::to_wit) }
    }
}

/// How a file is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The content's type. Default: `application/octet-stream`; of a file that is continued, what it had.
    pub content_type: Option<String>,
    /// On which conditions.
    pub publish: PublishOptions,
}

impl WriteOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The content's type.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// On which conditions.
    pub fn publish(mut self, publish: PublishOptions) -> Self {
        self.publish = publish;
        self
    }

    pub(super) fn into_wit(self) -> wit::WriteOptions {
        wit::WriteOptions { content_type: self.content_type, publish: self.publish.to_wit() }
    }
}

/// On which condition a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadCondition {
    /// Only a file with this ETag, as OSS states it: the call fails with `StorageError::Conflict` otherwise.
    pub if_match: Option<String>,
    /// Only a file with another ETag: the call fails with `StorageError::NotModified` otherwise.
    pub if_none_match: Option<String>,
}

impl ReadCondition {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only a file with this ETag.
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// Only a file with another ETag.
    pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.if_none_match = Some(etag.into());
        self
    }

    pub(super) fn into_wit(self) -> wit::ReadCondition {
        wit::ReadCondition { if_match: self.if_match, if_none_match: self.if_none_match }
    }
}

/// Which part of a file is read, and on which condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// How many bytes at most. Default: to the file's end.
    pub length: Option<u64>,
    /// On which condition.
    pub condition: ReadCondition,
}

impl ReadOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes at most.
    pub fn length(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.length = bytes.into();
        self
    }

    /// On which condition.
    pub fn condition(mut self, condition: ReadCondition) -> Self {
        self.condition = condition;
        self
    }
}
