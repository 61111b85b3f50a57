//! Changes of values: the conditions and the lease of a request, the same for storing and removing.

use bytes::Bytes;

use crate::api::{Api, Call};
use crate::conditions::Conditions;
use crate::guarded::{Area, LeaseOf, guarded_problem, may_come_yet};
use crate::ports::{Certificates, LockError, Ports, StorageError, StorageErrorKind};
use crate::problem::Problem;
use crate::validators::{Validators, etag_of_value};

/// A change of a value.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Store(Bytes),
    Delete,
}

impl<P: Ports> Api<P> {
    /// Makes a change under the request's conditions and lease, and returns whether it may take effect once more.
    pub(super) async fn change_certificate(
        &self,
        call: &Call<'_>,
        key: &str,
        conditions: &Conditions,
        change: Change,
    ) -> Result<bool, Problem> {
        match (self.lease_of(call)?, conditions.is_none_for_change()) {
            (None, true) => {
                let certificates = self.ports().certificates();
                match change {
                    Change::Store(value) => certificates.store(key, value).await?,
                    Change::Delete => certificates.delete(key).await?,
                }
                Ok(false)
            }
            (Some(lease), true) => Ok(self.change_under(&lease, key, change).await?),
            (Some(lease), false) => {
                self.check_value(key, conditions).await?;
                Ok(self.change_under(&lease, key, change).await?)
            }
            (None, false) => {
                let lease = self.guard(Area::Certificates, key).await?;
                if let Err(problem) = self.check_value(key, conditions).await {
                    self.unguard(&lease, false).await;
                    return Err(problem);
                }
                let changed = self.change_under(&lease, key, change).await;
                self.unguard(&lease, may_come_yet(&changed)).await;
                changed.map_err(|error| guarded_problem(error.into(), key))
            }
        }
    }

    async fn change_under(&self, lease: &LeaseOf<P>, key: &str, change: Change) -> Result<bool, LockError> {
        match change {
            Change::Store(value) => self.ports().certificates().store_under(lease, key, value).await,
            Change::Delete => self.ports().certificates().delete_under(lease, key).await,
        }
    }

    /// Compares what is there with the conditions. 1 request, and 1 for the time of the last change.
    async fn check_value(&self, key: &str, conditions: &Conditions) -> Result<(), Problem> {
        let certificates = self.ports().certificates();
        let modified = match conditions.needs_modified() {
            true => present(certificates.stat(key).await)?.map(|info| info.modified),
            false => None,
        };
        let value = present(certificates.load(key).await)?;
        let current = value.map(|value| Validators { etag: Some(etag_of_value(&value)), modified });
        conditions.allow_change(current.as_ref()).map_err(|problem| problem.at(key))
    }
}

/// `None` if OSS said that there is nothing.
fn present<T>(found: Result<T, StorageError>) -> Result<Option<T>, StorageError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == StorageErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
