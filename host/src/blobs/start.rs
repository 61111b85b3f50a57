//! Where a writer begins: the host's mirrors of `writer-start` and `writer-options` of the WIT.

use crate::wit::blob_driver as wit;

/// What a writer goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriterStart {
    /// Nothing: it begins a new upload, beside any that are there. One HTTP request.
    Anew,
    /// The newest upload for the path that was neither committed nor cancelled, by whatever process, or else the file. At
    /// least two HTTP requests.
    Newest,
    /// The file, whatever uploads there are. At least three HTTP requests.
    File,
    /// The upload of this id, which [`Writer::upload_id`](crate::Writer::upload_id) and
    /// [`Blobs::uploads`](crate::Blobs::uploads) tell, and nothing else. Two HTTP requests, and one for each further 1000
    /// parts.
    Upload(String),
}

impl WriterStart {
    pub(super) fn into_wit(self) -> wit::WriterStart {
        match self {
            Self::Anew => wit::WriterStart::Anew,
            Self::Newest => wit::WriterStart::Newest,
            Self::File => wit::WriterStart::File,
            Self::Upload(id) => wit::WriterStart::Upload(id),
        }
    }
}

/// How a writer begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterOptions {
    /// How many bytes the whole file will have, as far as that is known: it makes parts large enough.
    pub size_hint: Option<u64>,
    /// The content's type. An upload that is gone on with keeps the one that it was begun with.
    pub content_type: Option<String>,
    /// How many bytes must be there already: it fails with `StorageError::Conflict` otherwise, and changes nothing.
    pub at: Option<u64>,
}

impl WriterOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes the whole file will have.
    pub fn size_hint(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.size_hint = bytes.into();
        self
    }

    /// The content's type.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// How many bytes must be there already.
    pub fn at(mut self, size: u64) -> Self {
        self.at = Some(size);
        self
    }

    pub(super) fn into_wit(self) -> wit::WriterOptions {
        wit::WriterOptions { size_hint: self.size_hint, content_type: self.content_type, at: self.at }
    }
}
