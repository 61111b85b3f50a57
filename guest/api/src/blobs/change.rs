//! Changes of files: the lock, the conditions and the response to an unclear outcome, which are the same for publishing
//! and removing.

use super::get::validators;
use crate::api::Api;
use crate::conditions::Conditions;
use crate::guarded::{Area, guarded_problem, window};
use crate::ports::{Blobs, Ports, StorageError, StorageErrorKind, Window};
use crate::problem::Problem;
use crate::validators::Validators;

impl<P: Ports> Api<P> {
    /// Makes a change of a file under the lock for its conditional changes, after its present state was read again. The
    /// change returns its outcome and whether it may still take effect, or once more.
    pub(super) async fn change_file<T>(
        &self,
        path: &str,
        conditions: &Conditions,
        change: impl AsyncFnOnce(Window) -> (Result<T, StorageError>, bool),
    ) -> Result<T, Problem> {
        let lease = self.guard(Area::Blobs, path).await?;
        let mut may_come_yet = false;
        let result = async {
            self.check_file(path, conditions).await?;
            let window = window(&lease)?;
            let changed;
            (changed, may_come_yet) = change(window).await;
            changed.map_err(|error| guarded_problem(error.into(), path))
        }
        .await;
        self.unguard(&lease, may_come_yet).await;
        result
    }

    /// Compares what is there with the conditions. 1 request.
    pub(super) async fn check_file(&self, path: &str, conditions: &Conditions) -> Result<(), Problem> {
        let current: Option<Validators> = match self.ports().blobs().stat_file(path).await {
            Ok(state) => Some(validators(&state)),
            Err(error) if error.kind == StorageErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        conditions.allow_change(current.as_ref()).map_err(|problem| problem.at(path))
    }
}
