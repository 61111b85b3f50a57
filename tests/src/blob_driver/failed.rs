//! Why a call for blobs failed.

use std::fmt;

use ossicle::{BlobError, BlobReason, Cause, Error, ErrorKind};

use crate::Failed;

/// What went wrong.
#[derive(Clone, Debug)]
pub enum BlobWhy {
    /// The offset is negative.
    InvalidOffset,
    /// The content was given up, and this is why.
    BrokenContent(String),
    /// What the causes name is left.
    Left,
    /// What any call can fail with.
    Failed(Failed),
}

/// Something that failed beside it.
#[derive(Clone, Debug)]
pub struct BlobCause {
    /// The path it failed on, where it was one of several.
    pub path: Option<String>,
    /// An upload that is still there.
    pub upload_id: Option<String>,
    /// Why.
    pub failed: Failed,
}

/// Why a call failed, with what upstream's errors carry.
#[derive(Clone, Debug)]
pub struct BlobFailed {
    /// The driver's name.
    pub driver: String,
    /// The path, as the caller gave it.
    pub path: Option<String>,
    /// The offset, as the caller gave it.
    pub offset: Option<u64>,
    /// What went wrong.
    pub why: BlobWhy,
    /// What failed on top of that; of what is left, each thing.
    pub causes: Vec<BlobCause>,
    /// The whole message and its debug form.
    pub text: String,
}

impl BlobFailed {
    /// What failed, where it is what any call can fail with.
    pub fn failed(&self) -> Option<&Failed> {
        match &self.why {
            BlobWhy::Failed(failed) => Some(failed),
            _ => None,
        }
    }

    /// What kind of failure it is, where the component reports it.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.failed()?.kind
    }

    /// Whether there is nothing at the path.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Some(ErrorKind::NotFound)
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.failed().is_some_and(|failed| failed.retryable)
    }

    /// The `Date` of OSS's answer.
    pub fn date(&self) -> Option<u64> {
        self.failed()?.date
    }

    /// The upload that is still there.
    pub fn upload_left(&self) -> Option<&str> {
        self.causes.iter().find_map(|cause| cause.upload_id.as_deref())
    }
}

impl fmt::Display for BlobFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Cause> for BlobCause {
    fn from(cause: Cause) -> Self {
        Self { path: cause.path, upload_id: cause.upload_id, failed: Error::Storage(cause.error).into() }
    }
}

impl From<BlobError> for BlobFailed {
    fn from(error: BlobError) -> Self {
        let text = format!("{error} / {error:?}");
        let why = match error.reason {
            BlobReason::BrokenContent(why) => BlobWhy::BrokenContent(why.to_string()),
            BlobReason::Left => BlobWhy::Left,
            BlobReason::Failed(error) => BlobWhy::Failed(error.into()),
            other => panic!("{other:?}"),
        };
        let causes = error.causes.into_iter().map(Into::into).collect();
        Self { driver: error.driver, path: error.path, offset: error.offset, why, causes, text }
    }
}
