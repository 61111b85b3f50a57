//! Removes a list of files.

use super::conditions::{Conditions, TimeSpan};
use super::driver::Driver;
use super::error::{DriverError, MAX_LEFT, PathFailure, Reason};
use super::written::Removed;
use crate::error::Error;
use crate::oss::MAX_BATCH;
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// Removes files, but nothing below their paths. A file that does not exist is not an error. 1 request for each
    /// 1000.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::InvalidKey`], and [`crate::error::ErrorKind::Unsupported`] for an invalid window;
    /// then nothing was sent. [`Reason::Left`] with the files that could not be removed, each with its reason; and for
    /// a single file anything a request can fail with.
    pub async fn delete_files(&self, paths: &[String], window: Option<TimeSpan>) -> Result<Removed, DriverError> {
        // Errors that concern no single file name the first one.
        let path = paths.first().map_or("/", String::as_str);
        let conditions = Conditions::within(path, window)?;
        let objects = paths.iter().map(|path| self.file(path)).collect::<Result<Vec<_>, _>>()?;
        if let (Some(path), [object]) = (paths.first(), objects.as_slice()) {
            let date = self.0.client.delete_object_in(path, object, conditions.guard()).await?;
            return Ok(Removed { date, perhaps_again: conditions.perhaps_again() });
        }
        let mut removed = Removed::default();
        let mut left = Vec::new();
        for batch in objects.chunks(MAX_BATCH) {
            let deleted = self.0.client.delete_objects_each(path, batch, conditions.guard()).await;
            removed.date = removed.date.max(deleted.date);
            let failures = deleted.left.into_iter().map(|(name, error)| self.failure(&name, error));
            // The error of one file names its own path instead of the first one.
            left.extend(
                failures
                    .map(|left| PathFailure { error: Error { key: Some(left.path.clone()), ..left.error }, ..left }),
            );
            if left.len() >= MAX_LEFT {
                break;
            }
        }
        removed.perhaps_again = conditions.perhaps_again();
        if left.is_empty() {
            Ok(removed)
        } else {
            Err(DriverError { path: None, ..DriverError::new("/", Reason::Left(left)) })
        }
    }
}
