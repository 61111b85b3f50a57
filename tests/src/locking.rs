//! Locks and writes under their leases as a behaviour suite sees them, whatever implements them.

use std::future::Future;
use std::time::Duration;

use ossicle::{BlobError, Blobs, Certificates, ErrorKind, PublishOptions, Unlocked, WriteOptions, Written};
use ossicle_guest::cert::Storage;
use ossicle_guest::lock as core;
use ossicle_guest::lock::Locks;

use crate::cert_storage::Failed;
use crate::native::Native;

/// Why a call on a lock failed.
#[derive(Clone, Debug)]
pub enum LockFailed {
    /// Somebody else holds it: the token, where it is known.
    Held(Option<u64>),
    /// The lease is lost.
    Lost,
    /// Anything else.
    Failed(Failed),
}

/// A lock's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody holds it; the token of the tenure before.
    Free(u64),
    /// It is held, with this token, by this owner.
    Held(u64, String),
    /// Its holder let it run out; the token of that tenure.
    Expired(u64),
    /// The end of its log is no record.
    Unreadable,
}

/// A lease.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait Leased: Clone + std::fmt::Debug {
    fn token(&self) -> u64;
    fn is_taken_over(&self) -> bool;
}

/// The functions of the WIT's resource `locks`, and writes under a lease.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait Locking {
    type Lease: Leased;
    fn time_left(&self, lease: &Self::Lease) -> Duration;
    fn lock(&self, name: &str, wait: Duration) -> impl Future<Output = Result<Self::Lease, LockFailed>>;
    fn try_lock(&self, name: &str) -> impl Future<Output = Result<Self::Lease, LockFailed>>;
    fn renew(&self, lease: &Self::Lease, at_least: Duration) -> impl Future<Output = Result<Self::Lease, LockFailed>>;
    fn unlock(&self, lease: &Self::Lease) -> impl Future<Output = Result<Unlocked, LockFailed>>;
    fn inspect(&self, name: &str) -> impl Future<Output = Result<(String, u64, State), LockFailed>>;
    fn break_lock(&self, name: &str, token: u64) -> impl Future<Output = Result<bool, LockFailed>>;
    fn store_under(
        &self,
        lease: &Self::Lease,
        key: &str,
        value: &[u8],
    ) -> impl Future<Output = Result<Written, LockFailed>>;
    fn delete_under(&self, lease: &Self::Lease, key: &str) -> impl Future<Output = Result<Written, LockFailed>>;
}

impl LockFailed {
    /// The failure, where it is none of holders.
    ///
    /// # Panics
    /// If it is one of holders.
    pub fn failed(self) -> Failed {
        match self {
            Self::Failed(failed) => failed,
            other => panic!("{other:?}"),
        }
    }
}

impl From<ossicle::LockError> for LockFailed {
    fn from(error: ossicle::LockError) -> Self {
        match error {
            ossicle::LockError::Held { holder, .. } => Self::Held(holder.map(|holder| holder.token)),
            ossicle::LockError::Lost { .. } => Self::Lost,
            ossicle::LockError::Failed(error) => Self::Failed(error.into()),
            other => panic!("{other:?}"),
        }
    }
}

impl Leased for ossicle::Lease {
    fn token(&self) -> u64 {
        self.token()
    }

    fn is_taken_over(&self) -> bool {
        self.is_taken_over()
    }
}

/// The lock functions of a handle of the host's, which are those of its locks.
macro_rules! by_its_locks {
    () => {
        type Lease = ossicle::Lease;

        fn time_left(&self, lease: &Self::Lease) -> Duration {
            lease.time_left()
        }

        async fn lock(&self, name: &str, wait: Duration) -> Result<Self::Lease, LockFailed> {
            Ok(self.tenant().locks().lock(name, wait).await?)
        }

        async fn try_lock(&self, name: &str) -> Result<Self::Lease, LockFailed> {
            Ok(self.tenant().locks().try_lock(name).await?)
        }

        async fn renew(&self, lease: &Self::Lease, at_least: Duration) -> Result<Self::Lease, LockFailed> {
            Ok(self.tenant().locks().renew(lease, at_least).await?)
        }

        async fn unlock(&self, lease: &Self::Lease) -> Result<Unlocked, LockFailed> {
            Ok(self.tenant().locks().unlock(lease).await?)
        }

        async fn inspect(&self, name: &str) -> Result<(String, u64, State), LockFailed> {
            let info = self.tenant().locks().inspect(name).await?;
            let state = match info.state {
                ossicle::LockState::Free { last_token } => State::Free(last_token),
                ossicle::LockState::Held(holder) => State::Held(holder.token, holder.owner),
                ossicle::LockState::Expired { last_token } => State::Expired(last_token),
                ossicle::LockState::Unreadable { .. } => State::Unreadable,
                other => panic!("{other:?}"),
            };
            Ok((info.object, info.length, state))
        }

        async fn break_lock(&self, name: &str, token: u64) -> Result<bool, LockFailed> {
            Ok(self.tenant().locks().break_lock(name, token).await?)
        }
    };
}

/// The built component of certificates in wasmtime.
impl Locking for Certificates {
    by_its_locks!();

    async fn store_under(&self, lease: &Self::Lease, key: &str, value: &[u8]) -> Result<Written, LockFailed> {
        Ok(self.store_under(lease, key, value.to_vec()).await?)
    }

    async fn delete_under(&self, lease: &Self::Lease, key: &str) -> Result<Written, LockFailed> {
        Ok(self.delete_under(lease, key).await?)
    }
}

/// The built component of blobs in wasmtime, which writes within the window of the lease.
impl Locking for Blobs {
    by_its_locks!();

    async fn store_under(&self, lease: &Self::Lease, key: &str, value: &[u8]) -> Result<Written, LockFailed> {
        let options =
            WriteOptions::new().publish(PublishOptions::new().window(lease.window().expect("OSS stated the time")));
        let written = self.put_with(&["/", key].concat(), value.to_vec(), options).await.map_err(too_late)?;
        Ok(if written.perhaps_again { Written::PerhapsAgain } else { Written::Once })
    }

    async fn delete_under(&self, lease: &Self::Lease, key: &str) -> Result<Written, LockFailed> {
        let removed = self.delete_files(vec![["/", key].concat()], lease.window()).await.map_err(too_late)?;
        Ok(if removed.perhaps_again { Written::PerhapsAgain } else { Written::Once })
    }
}

/// A write that came after its window is one under a lease that was lost.
fn too_late(error: BlobError) -> LockFailed {
    match error.kind() {
        Some(ErrorKind::TooLate) => LockFailed::Lost,
        _ => panic!("{error}"),
    }
}

impl From<core::LockError> for LockFailed {
    fn from(error: core::LockError) -> Self {
        match error {
            core::LockError::Held { holder, .. } => Self::Held((holder.token > 0).then_some(holder.token)),
            core::LockError::Lost { .. } => Self::Lost,
            core::LockError::Failed(error) => Self::Failed(error.into()),
        }
    }
}

impl Leased for core::Lease {
    fn token(&self) -> u64 {
        self.token
    }

    fn is_taken_over(&self) -> bool {
        self.taken_over
    }
}

/// The core, natively: locks, and certificates that are written under them.
impl Locking for (Locks<Native>, Storage<Native>) {
    type Lease = core::Lease;

    fn time_left(&self, lease: &Self::Lease) -> Duration {
        lease.time_left(crate::native::monotonic())
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Self::Lease, LockFailed> {
        Ok(self.0.lock(name, wait).await?)
    }

    async fn try_lock(&self, name: &str) -> Result<Self::Lease, LockFailed> {
        Ok(self.0.try_lock(name).await?)
    }

    // The core gives all that there is to give.
    async fn renew(&self, lease: &Self::Lease, _at_least: Duration) -> Result<Self::Lease, LockFailed> {
        Ok(self.0.renew(lease).await?)
    }

    async fn unlock(&self, lease: &Self::Lease) -> Result<Unlocked, LockFailed> {
        Ok(match self.0.unlock(lease).await? {
            core::Unlocked::Released => Unlocked::Released,
            core::Unlocked::AlreadyGone => Unlocked::AlreadyGone,
            core::Unlocked::Lost => Unlocked::Lost,
        })
    }

    async fn inspect(&self, name: &str) -> Result<(String, u64, State), LockFailed> {
        let seen = self.0.inspect(name).await?;
        let state = match seen.state {
            core::LockState::Free(last_token) => State::Free(last_token),
            core::LockState::Held(holder) => State::Held(holder.token, holder.owner.to_string()),
            core::LockState::Expired(last_token) => State::Expired(last_token),
            core::LockState::Unreadable(_) => State::Unreadable,
        };
        Ok((seen.object, seen.length, state))
    }

    async fn break_lock(&self, name: &str, token: u64) -> Result<bool, LockFailed> {
        Ok(self.0.break_lock(name, token).await? == core::Broken::Broken)
    }

    async fn store_under(&self, lease: &Self::Lease, key: &str, value: &[u8]) -> Result<Written, LockFailed> {
        Ok(written(self.1.store_under(lease, key, value.to_vec().into()).await?))
    }

    async fn delete_under(&self, lease: &Self::Lease, key: &str) -> Result<Written, LockFailed> {
        Ok(written(self.1.delete_under(lease, key).await?))
    }
}

pub(crate) fn written(written: core::Written) -> Written {
    match written {
        core::Written::Once => Written::Once,
        core::Written::PerhapsAgain => Written::PerhapsAgain,
    }
}
