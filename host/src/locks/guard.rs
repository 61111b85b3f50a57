//! A lock that is held.

use super::error::LockError;
use super::lease::{Lease, Unlocked, Written};
use super::operations::{DeleteTogether, DeleteUnder, StoreTogether, StoreUnder};
use super::renewal;
use super::tenure::Tenure;
use crate::error::{CallIds, Error, Failure, StorageError};
use crate::tenant::QueueHead;
use crate::tenant::Tenant;
use crate::window::Window;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A lock that is held: the lease is renewed in the background until this is released or dropped, whatever becomes of the
/// instance of the component that got it.
///
/// A lease can be lost all the same: OSS may be out of reach for too long, the machine may sleep, an operator may break it.
/// [`LockGuard::lost`] is cancelled as soon as the lease can't be trusted, and stays cancelled. [`LockGuard::check`] and the
/// writes of the guard refuse, before anything is sent, as long as the lease can't be trusted. That is for ever once others
/// have had the lock. A lease that merely ran out goes on being renewed, though: if that succeeds, nobody had the lock in
/// between, and `check` and the writes succeed again, with the same token. Whatever this side believes, OSS itself refuses
/// the guard's writes once the lease is over.
///
/// ```no_run
/// # async fn example(tenant: ossicle::Tenant) -> Result<(), ossicle::LockError> {
/// use std::time::Duration;
///
/// let guard = tenant.locks().hold("issue_cert_example.com", Duration::from_secs(60)).await?;
/// tokio::select! {
///     () = guard.lost().cancelled() => println!("somebody else may have the lock"),
///     result = guard.store("sites/example.com.crt", "-----BEGIN CERTIFICATE-----") => drop(result?),
/// }
/// guard.unlock().await?;
/// # Ok(())
/// # }
/// ```
///
/// Dropped, it is released as well as that goes: in the background, if the engine's runtime still runs. What is not released
/// runs out.
pub struct LockGuard {
    tenure: Arc<Tenure>,
    /// Taken by whoever releases it.
    renewer: Option<JoinHandle<()>>,
}

impl LockGuard {
    pub(super) fn new(tenant: Tenant, lease: Lease, turn: QueueHead) -> Self {
        let tenure = Arc::new(Tenure::new(tenant, lease, turn));
        let renewer = tenure.tenant.spawn(renewal::run(Arc::clone(&tenure)));
        Self { tenure, renewer: Some(renewer) }
    }

    /// The newest lease. It may be passed on, for another to write under; the guard goes on renewing it.
    pub fn lease(&self) -> Lease {
        self.tenure.lease()
    }

    /// The fencing token. It grows strictly with every tenure of a name, for ever.
    pub fn token(&self) -> u64 {
        self.tenure.lease().token()
    }

    /// Hands the lease over, to be renewed and released by its new owner.
    pub(crate) fn into_lease(mut self) -> Lease {
        self.tenure.end.cancel();
        // Not taken, it would be released.
        drop(self.renewer.take());
        // The renewer has the tenure until it has ended. A call that comes before would be told that the lock is held, and not by
        // whom, since it would not ask OSS.
        self.tenure.leave_queue();
        self.tenure.lease()
    }

    pub(super) fn tenure(&self) -> Arc<Tenure> {
        Arc::clone(&self.tenure)
    }

    /// Whether the tenure before had run out, so that its holder may have left things half done.
    pub fn is_taken_over(&self) -> bool {
        self.tenure.lease().is_taken_over()
    }

    /// Cancelled as soon as the lease is lost, or has run out before it could be renewed; also when it is released. It stays
    /// cancelled where a later renewal shows that nobody had the lock in between; [`LockGuard::check`] tells that.
    pub fn lost(&self) -> &CancellationToken {
        &self.tenure.lost
    }

    /// Whether the lock may be relied upon now. True again after a doubt if a renewal showed that nobody had the lock in
    /// between; false for ever once others had it or it was released.
    ///
    /// # Errors
    /// [`LockError::Lost`] when it may not, with the reason.
    pub fn check(&self) -> Result<(), LockError> {
        self.tenure.trusted().map(drop)
    }

    /// Renews it now, though it will be renewed in time anyway. A need beyond its time is met by the renewals to come.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended; [`LockError::Failed`] when that could not be found out.
    pub fn renew(&self, at_least: Duration) -> impl Future<Output = Result<(), LockError>> + Send + use<> {
        let tenure = Arc::clone(&self.tenure);
        async move { tenure.renew(at_least).await }
    }

    /// When OSS takes what is written under the newest lease, for those calls of [`Blobs`](crate::Blobs) that take a window.
    ///
    /// After such a call that is undecided, or may take effect once more, call [`LockGuard::awaits_window`]: the guard does
    /// not know of it.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the lease can't be trusted now; [`LockError::Failed`] as unsupported when OSS stated no time
    /// with it, and then nothing can be written under it.
    pub fn window(&self) -> Result<Window, LockError> {
        let lease = self.tenure.trusted()?;
        lease.window().ok_or_else(|| {
            unsupported(
                lease.name(),
                "OSS stated no time with the lease, so it can't be told until when to take a write",
            )
        })
    }

    /// Has the release wait until OSS takes nothing any more that was written with the [`window`](LockGuard::window) of a
    /// lease so far: about a lease's time. For when a write may take effect yet.
    pub fn awaits_window(&self) {
        self.tenure.awaits_window();
    }

    /// Stores a certificate's value under the lease: OSS refuses it once that is over, however late it comes.
    ///
    /// # Errors
    /// [`LockError::Lost`] when the lease can't be trusted now, or OSS refused the write because it is over;
    /// [`LockError::Failed`] as unsupported when the engine had no component for certificates as the tenant was made.
    pub fn store<V: Into<Bytes>>(
        &self,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<V> {
        let (tenure, key, value) = (Arc::clone(&self.tenure), key.to_owned(), value.into());
        async move { tenure.write(|lease| StoreUnder::<false> { lease, key, value }).await }
    }

    /// Stores a certificate's value under a key that has none, under the lease.
    ///
    /// # Errors
    /// As [`LockGuard::store`], and [`LockError::Failed`] when the key has a value.
    pub fn create<V: Into<Bytes>>(
        &self,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<V> {
        let (tenure, key, value) = (Arc::clone(&self.tenure), key.to_owned(), value.into());
        async move { tenure.write(|lease| StoreUnder::<true> { lease, key, value }).await }
    }

    /// Removes a file or directory under the lease: OSS refuses it once that is over.
    ///
    /// # Errors
    /// As [`LockGuard::store`].
    pub fn delete(&self, key: &str) -> impl Future<Output = Result<Written, LockError>> + Send + use<> {
        let (tenure, key) = (Arc::clone(&self.tenure), key.to_owned());
        async move { tenure.write(|lease| DeleteUnder { lease, key }).await }
    }

    /// Stores values of several keys as one, under the lease; see
    /// [`Certificates::store_together`](crate::Certificates::store_together).
    ///
    /// # Errors
    /// As [`LockGuard::store`].
    pub fn store_together<K: Into<String>, V: Into<Bytes>>(
        &self,
        values: Vec<(K, V)>,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<K, V> {
        let tenure = Arc::clone(&self.tenure);
        let values = values.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        async move { tenure.write(|lease| StoreTogether { lease, values }).await }
    }

    /// Removes values of several keys as one, under the lease.
    ///
    /// # Errors
    /// As [`LockGuard::store`].
    pub fn delete_together(&self, keys: &[&str]) -> impl Future<Output = Result<Written, LockError>> + Send + use<> {
        let tenure = Arc::clone(&self.tenure);
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        async move { tenure.write(|lease| DeleteTogether { lease, keys }).await }
    }

    /// Releases it, and tells whether it was held to the end. After a write to which no answer came, this waits until OSS
    /// takes that no more: about a lease's time.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it could not be found out whether it was released; the lease then runs out.
    pub async fn unlock(mut self) -> Result<Unlocked, LockError> {
        let releasing = self.release();
        releasing.await.unwrap_or(Err(crate::error::Error::Closed.into()))
    }

    /// Stops renewing and releases, in a task: the release goes on when its caller goes away.
    fn release(&mut self) -> JoinHandle<Result<Unlocked, LockError>> {
        let (tenure, renewer) = (Arc::clone(&self.tenure), self.renewer.take());
        self.tenure.tenant.spawn(async move {
            tenure.end.cancel();
            if let Some(renewer) = renewer {
                // A renewal after the release would be refused, but why ask.
                drop(renewer.await);
            }
            tenure.release().await
        })
    }
}

fn unsupported(key: &str, message: &str) -> LockError {
    let failure = Failure {
        key: Some(key.to_owned()),
        message: message.to_owned(),
        answer: None,
        retryable: false,
        undecided: false,
        no_credentials: false,
        ids: CallIds::default(),
    };
    Error::from(StorageError::Unsupported(Box::new(failure))).into()
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        if self.renewer.is_some() {
            drop(self.release());
        }
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard").field("lease", &self.tenure.lease()).finish_non_exhaustive()
    }
}
