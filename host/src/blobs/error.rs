//! Why a call for blobs failed, with what upstream's errors carry.

use super::broken_content::BrokenContent;
use crate::error::{CallIds, Error, ErrorKind, Failure, StorageError, printable};
use crate::wit::blob_driver as wit;
use std::{fmt, io};

/// The driver's name, as upstream registers it.
const NAME: &str = "oss";

/// How many causes a message tells.
const TOLD: usize = 3;

/// Why a call for blobs failed: where, and what is left behind. Holds no secret, no signature and no signed URL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BlobError {
    /// The driver's name, `oss`.
    pub driver: String,
    /// The path, as the caller gave it; none for a call without one.
    pub path: Option<String>,
    /// The offset, as the caller gave it; none for a call without one.
    pub offset: Option<u64>,
    /// What went wrong.
    pub reason: BlobReason,
    /// What failed on top of that; of [`BlobReason::Left`], each thing that is left.
    pub causes: Vec<Cause>,
}

/// What went wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BlobReason {
    /// The content could not be read to its end, and this is why. What that means for what is stored stands with the call.
    BrokenContent(BrokenContent),
    /// Some paths are left, which the causes name; every other one is deleted or removed.
    Left,
    /// What any call can fail with.
    Failed(Error),
}

/// Something that failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cause {
    /// The path it failed on, where it was one of several; of an object whose name is no path: `/` and the name.
    pub path: Option<String>,
    /// An upload that is still there, because aborting it failed as well.
    pub upload_id: Option<String>,
    /// Why.
    pub error: StorageError,
}

impl BlobError {
    pub(crate) fn new(path: Option<&str>, reason: BlobReason) -> Self {
        Self { driver: NAME.to_owned(), path: path.map(str::to_owned), offset: None, reason, causes: Vec::new() }
    }

    /// A failure that is not the component's.
    pub(crate) fn of(path: Option<&str>, offset: Option<u64>, error: Error) -> Self {
        Self { offset, ..Self::new(path, BlobReason::Failed(error)) }
    }

    /// A stream out of the component that its caller did not read to its end.
    pub(super) fn unread(path: &str) -> Self {
        Self::of_stream(path, "the stream was not read to its end", StorageError::Conflict)
    }

    /// A content of which more came than the component had stated.
    pub(super) fn too_long(path: &str) -> Self {
        Self::of_stream(path, "more bytes came than the answer stated", StorageError::Corrupt)
    }

    fn of_stream(path: &str, message: &str, kind: fn(Box<Failure>) -> StorageError) -> Self {
        let failure = Failure {
            key: Some(path.to_owned()),
            message: message.to_owned(),
            answer: None,
            retryable: true,
            undecided: false,
            no_credentials: false,
            ids: CallIds::default(),
        };
        Self::of(Some(path), None, Error::Storage(kind(Box::new(failure))))
    }

    /// It is how a call with these ids failed.
    pub(crate) fn identify(&mut self, ids: &CallIds) {
        if let BlobReason::Failed(error) = &mut self.reason {
            error.identify(ids);
        }
        self.causes.iter_mut().for_each(|cause| cause.error.identify(ids));
    }

    /// What failed, where it is what any call can fail with.
    pub fn error(&self) -> Option<&Error> {
        match &self.reason {
            BlobReason::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The same, with the caller's own error where it was the content that broke.
    pub(super) fn because(self, broken: Option<io::Error>) -> Self {
        match (self.reason, broken) {
            (BlobReason::BrokenContent(_), Some(error)) => {
                Self { reason: BlobReason::BrokenContent(error.into()), ..self }
            }
            (reason, _) => Self { reason, ..self },
        }
    }

    /// What kind of failure the component reports; none of what is the host's or the caller's.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.error().and_then(Error::kind)
    }

    /// Whether there is nothing at the path, said by OSS itself.
    pub fn is_not_found(&self) -> bool {
        self.error().is_some_and(Error::is_not_found)
    }

    /// Whether the same call may succeed later without anything else being changed.
    pub fn is_retryable(&self) -> bool {
        match &self.reason {
            BlobReason::BrokenContent(_) => false,
            BlobReason::Left => {
                self.causes.iter().all(|cause| cause.error.failure().is_some_and(|failure| failure.retryable))
            }
            BlobReason::Failed(error) => error.is_retryable(),
        }
    }
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.driver)?;
        if let Some(path) = &self.path {
            // Quoted and escaped: it may end on somebody's terminal.
            write!(f, "{path:?}")?;
            if let Some(offset) = self.offset {
                write!(f, " at {offset}")?;
            }
            f.write_str(": ")?;
        }
        match &self.reason {
            BlobReason::BrokenContent(why) => write!(f, "the content broke off: {why}")?,
            BlobReason::Left => write!(f, "{} left", self.causes.len())?,
            BlobReason::Failed(error) => error.fmt(f)?,
        }
        for cause in self.causes.iter().take(TOLD) {
            f.write_str("; ")?;
            if let Some(path) = &cause.path {
                write!(f, "{path:?}: ")?;
            }
            if let Some(id) = &cause.upload_id {
                write!(f, "the upload {} is still there: ", id.escape_debug())?;
            }
            cause.error.fmt(f)?;
        }
        match self.causes.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for BlobError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            BlobReason::Failed(error) => Some(error),
            BlobReason::Left => self.causes.first().map(|cause| &cause.error as _),
            BlobReason::BrokenContent(why) => Some(why),
        }
    }
}

impl From<wit::DriverError> for BlobError {
    fn from(error: wit::DriverError) -> Self {
        let mut causes = error.causes.into_iter().map(Cause::from);
        let reason = match error.reason {
            wit::Reason::InvalidOffset => {
                BlobReason::Failed(Error::component("it takes an offset for negative, which none is"))
            }
            wit::Reason::BrokenContent(why) => BlobReason::BrokenContent(BrokenContent::from_component(why)),
            wit::Reason::Left => BlobReason::Left,
            wit::Reason::Failed => BlobReason::Failed(match causes.next() {
                Some(cause) => cause.error.into_error(),
                None => Error::component("it does not say why a call failed"),
            }),
        };
        let causes = causes.collect();
        let offset = error.offset.and_then(|offset| u64::try_from(offset).ok());
        Self { driver: printable(error.driver_name), path: error.path, offset, reason, causes }
    }
}

impl From<wit::Cause> for Cause {
    fn from(cause: wit::Cause) -> Self {
        Self { path: cause.path, upload_id: cause.upload_id, error: cause.error.into() }
    }
}

impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        let kind = match error.kind() {
            Some(ErrorKind::NotFound) => io::ErrorKind::NotFound,
            Some(ErrorKind::AccessDenied) => io::ErrorKind::PermissionDenied,
            Some(ErrorKind::TimedOut) => io::ErrorKind::TimedOut,
            Some(ErrorKind::Corrupt) => io::ErrorKind::InvalidData,
            Some(ErrorKind::InvalidKey | ErrorKind::InvalidConfig) => io::ErrorKind::InvalidInput,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wit::types;

    #[test]
    fn a_message_says_which_driver_what_and_where() {
        let because = |kind| types::Error {
            kind,
            key: Some("/a/b".to_owned()),
            message: "as OSS says".to_owned(),
            answer: None,
            retryable: true,
            undecided: false,
            no_credentials: false,
        };
        let error = BlobError::from(wit::DriverError {
            driver_name: "oss".to_owned(),
            path: Some("/a/b".to_owned()),
            offset: Some(4),
            reason: wit::Reason::Failed,
            causes: vec![
                wit::Cause { path: None, upload_id: None, error: because(types::ErrorKind::AccessDenied) },
                wit::Cause {
                    path: None,
                    upload_id: Some("ID".to_owned()),
                    error: because(types::ErrorKind::Throttled),
                },
            ],
        });
        assert_eq!(
            error.to_string(),
            "oss: \"/a/b\" at 4: access denied \"/a/b\": as OSS says; the upload ID is still there: throttled \"/a/b\": as \
             OSS says"
        );
        assert_eq!(error.kind(), Some(ErrorKind::AccessDenied));
        let source = std::error::Error::source(&error).expect("what failed");
        assert_eq!(source.to_string(), "access denied \"/a/b\": as OSS says");
        assert!(error.is_retryable());
    }
}
