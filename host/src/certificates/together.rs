//! Values of several keys as one.

use super::handle::Certificates;
use crate::engine::Interface;
use crate::error::Error;
use crate::instance::{Guest, Operation, Place};
use crate::locks::operations::{self, call};
use crate::locks::{Lease, LockError, Written};
use crate::wit::types;
use bytes::Bytes;
use zeroize::Zeroizing;

type Values = Vec<Option<Zeroizing<Vec<u8>>>>;

impl Certificates {
    /// Stores values of several keys as one, under a lease: who loads the same keys by [`Certificates::load_together`] finds
    /// all of them or all as they were before, whatever crashes. Who loads a single key finds its value old or new. 1 to 16
    /// keys of one directory, with values of 16 MiB together, and several are each 59 bytes shorter than a key can be. All that
    /// store a set store the same keys and hold the same lock. Four HTTP requests for each key and two more.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it because the lease is over. When the message says that the set is stored, it is:
    /// only single keys may have their old values until it is stored again. When it does not, nothing has changed, unless the
    /// error is undecided. [`StorageError::Conflict`], and nothing is sent, while another write under the lease is in flight or
    /// may take effect yet.
    ///
    /// [`StorageError::Conflict`]: crate::StorageError::Conflict
    pub fn store_together<K: Into<String>, V: Into<Bytes>>(
        &self,
        lease: &Lease,
        values: Vec<(K, V)>,
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<K, V> {
        let values = values.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        call(self.tenant(), operations::StoreTogether { lease: lease.clone(), values })
    }

    /// The values of keys that are stored together, in the order of the keys; none for a key that has none. They are of one
    /// set, or as stores and deletes of single keys left them after it. One HTTP request for each key and one more.
    ///
    /// Fails with [`StorageError::Conflict`] when that can't be established, and with [`StorageError::Corrupt`] when what the set
    /// keeps can't be read; storing the set again mends either.
    ///
    /// [`StorageError::Conflict`]: crate::StorageError::Conflict
    /// [`StorageError::Corrupt`]: crate::StorageError::Corrupt
    pub fn load_together(&self, keys: &[&str]) -> impl Future<Output = Result<Values, Error>> + Send + use<> {
        self.tenant().clone().call(LoadTogether { keys: owned(keys) })
    }

    /// Removes the values of keys that are stored together as one, under a lease. Two HTTP requests for each key and three
    /// more.
    ///
    /// # Errors
    /// As [`Certificates::store_together`]; when it is removed, the message says that.
    pub fn delete_together(
        &self,
        lease: &Lease,
        keys: &[&str],
    ) -> impl Future<Output = Result<Written, LockError>> + Send + use<> {
        call(self.tenant(), operations::DeleteTogether { lease: lease.clone(), keys: owned(keys) })
    }
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

struct LoadTogether {
    keys: Vec<String>,
}

impl Operation for LoadTogether {
    const OPERATION: &'static str = "load-together";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = Values;

    fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Values, types::Error>> {
        let (loaded,) = guest.invoke(guest.certificates()?.func_load_together(), (guest.storage, self.keys)).await?;
        Ok(loaded.map(|values| values.into_iter().map(|value| value.map(Zeroizing::new)).collect()))
    }
}
