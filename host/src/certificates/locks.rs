//! Writes under the leases of locks.

use super::handle::Certificates;
use crate::locks::operations::{self, call};
use crate::locks::{Lease, LockError, Written};
use bytes::Bytes;

impl Certificates {
    /// Stores a value as [`Certificates::store`] does, but OSS refuses it once the lease is over, however late it comes. One
    /// HTTP request.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it for that.
    pub fn store_under<V: Into<Bytes>>(
        &self,
        lease: &Lease,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<V> {
        let (lease, value) = (lease.clone(), value.into());
        call(self.tenant(), operations::StoreUnder::<false> { lease, key: key.to_owned(), value })
    }

    /// Stores a value under a key that has none, as [`Certificates::create`] does, but OSS refuses it once the lease is over.
    ///
    /// # Errors
    /// As [`Certificates::store_under`], and [`LockError::Failed`] when the key has a value.
    pub fn create_under<V: Into<Bytes>>(
        &self,
        lease: &Lease,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<V> {
        let (lease, value) = (lease.clone(), value.into());
        call(self.tenant(), operations::StoreUnder::<true> { lease, key: key.to_owned(), value })
    }

    /// Removes a file or directory as [`Certificates::delete`] does, but OSS refuses it once the lease is over.
    ///
    /// # Errors
    /// As [`Certificates::store_under`].
    pub fn delete_under(
        &self,
        lease: &Lease,
        key: &str,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<> {
        call(self.tenant(), operations::DeleteUnder { lease: lease.clone(), key: key.to_owned() })
    }
}
