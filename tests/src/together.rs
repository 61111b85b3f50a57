//! Values of several keys as one, as a behaviour suite sees them, whatever implements them.

use std::future::Future;

use ossicle::{Certificates, Written};
use ossicle_guest::cert::Storage;
use ossicle_guest::lock::Locks;

use crate::cert_storage::Failed;
use crate::locking::{LockFailed, Locking, written};
use crate::native::Native;

/// The functions of the WIT's resource `storage` for values that are one.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait Together: Locking {
    fn store_together(
        &self,
        lease: &Self::Lease,
        values: &[(&str, &[u8])],
    ) -> impl Future<Output = Result<Written, LockFailed>>;
    fn load_together(&self, keys: &[&str]) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, Failed>>;
    fn delete_together(&self, lease: &Self::Lease, keys: &[&str]) -> impl Future<Output = Result<Written, LockFailed>>;
}

/// The built component in wasmtime.
impl Together for Certificates {
    async fn store_together(&self, lease: &Self::Lease, values: &[(&str, &[u8])]) -> Result<Written, LockFailed> {
        let values = values.iter().map(|(key, value)| (*key, value.to_vec())).collect();
        Ok(self.store_together(lease, values).await?)
    }

    async fn load_together(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Failed> {
        let values = self.load_together(keys).await?;
        Ok(values.into_iter().map(|value| value.map(|value| value.to_vec())).collect())
    }

    async fn delete_together(&self, lease: &Self::Lease, keys: &[&str]) -> Result<Written, LockFailed> {
        Ok(self.delete_together(lease, keys).await?)
    }
}

/// The core, natively.
impl Together for (Locks<Native>, Storage<Native>) {
    async fn store_together(&self, lease: &Self::Lease, values: &[(&str, &[u8])]) -> Result<Written, LockFailed> {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec().into())).collect();
        Ok(written(self.1.store_together(lease, values).await?))
    }

    async fn load_together(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Failed> {
        let values = self.1.load_together(keys).await?;
        Ok(values.into_iter().map(|value| value.map(Into::into)).collect())
    }

    async fn delete_together(&self, lease: &Self::Lease, keys: &[&str]) -> Result<Written, LockFailed> {
        Ok(written(self.1.delete_together(lease, keys).await?))
    }
}
