//! Errors of the driver, with the fields of upstream's errors.

use std::fmt;

use super::driver::NAME;
use crate::error::{ConfigProblem, Error, ErrorKind};

/// How many failures a call collects before it stops. Usually they have one cause, and a directory may hold millions of
/// objects.
pub(super) const MAX_LEFT: usize = 1000;

/// A path that a call failed on while others succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFailure {
    /// The path; for an object whose name is not a path, `/` and the name.
    pub path: String,
    /// Why.
    pub error: Error,
}

/// An upload that a failed call could not abort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// OSS's id of it.
    pub upload_id: String,
    /// Why aborting it failed.
    pub error: Error,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The offset is negative. Nothing was sent.
    InvalidOffset,
    /// The content's stream failed with this message.
    BrokenContent(String),
    /// These paths could not be removed; if there are 1000 or more, there may be others.
    Left(Vec<PathFailure>),
    /// The config can't work.
    Config(ConfigProblem),
    /// An error that any call of Ossicle can fail with.
    Storage(Error),
}

/// Why a call of a driver failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverError {
    /// The path, as the caller gave it.
    pub path: Option<String>,
    /// The offset, as the caller gave it.
    pub offset: Option<i64>,
    /// What went wrong.
    pub reason: Reason,
    /// An upload of this call that could not be aborted.
    pub leftover: Option<Box<Leftover>>,
}

impl DriverError {
    pub(super) fn new(path: &str, reason: Reason) -> Self {
        Self { path: Some(path.to_owned()), offset: None, reason, leftover: None }
    }

    /// Adds the offset of the failed call.
    #[must_use]
    pub(super) fn at(mut self, offset: i64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The kind of failure; `None` if the error comes from the driver's own checks.
    pub fn kind(&self) -> Option<ErrorKind> {
        match &self.reason {
            Reason::Storage(error) => Some(error.kind),
            _ => None,
        }
    }
}

impl From<Error> for DriverError {
    fn from(error: Error) -> Self {
        Self { path: error.key.clone(), offset: None, reason: Reason::Storage(error), leftover: None }
    }
}

impl From<ConfigProblem> for DriverError {
    fn from(problem: ConfigProblem) -> Self {
        Self { path: None, offset: None, reason: Reason::Config(problem), leftover: None }
    }
}

impl std::error::Error for DriverError {}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}: ")?;
        match &self.reason {
            Reason::InvalidOffset => f.write_str("the offset is negative")?,
            Reason::BrokenContent(why) => write!(f, "the content broke off: {why}")?,
            Reason::Left(left) => {
                write!(f, "{} left", left.len())?;
                left.iter().take(3).try_for_each(|one| write!(f, "; {}: {}", one.path, one.error))?;
            }
            Reason::Config(problem) => write!(f, "{problem}")?,
            Reason::Storage(error) => write!(f, "{error}")?,
        }
        if let Some(path) = self.path.as_ref().filter(|_| !matches!(self.reason, Reason::Storage(_))) {
            write!(f, " (path {path:?})")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " (offset {offset})")?;
        }
        if let Some(leftover) = &self.leftover {
            write!(f, "; the upload {} could not be aborted: {}", leftover.upload_id, leftover.error)?;
        }
        Ok(())
    }
}
