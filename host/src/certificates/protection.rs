//! How values are kept, and their re-encryption.

use super::handle::Certificates;
use crate::engine::Interface;
use crate::error::Error;
use crate::instance::{Guest, Operation, Place};
use crate::wit::{cert_storage as wit, types};
use std::fmt;
use zeroize::Zeroizing;

/// How a value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// As it is.
    Clear,
    /// Sealed with a key of the key set.
    Sealed {
        /// The key's id.
        key_id: u32,
        /// Whether it is the primary key.
        by_primary: bool,
    },
}

/// A value and how it is kept. It never shows in `Debug` output and is wiped from memory when dropped.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredValue {
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
    /// How it is kept.
    pub protection: Protection,
}

/// What re-encryption found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reencrypted {
    /// There is no value: the key is a directory or was removed.
    Absent,
    /// Sealed with the primary key already; nothing was written.
    Current,
    /// An appendable object, such as a lock: no value. Nothing was written.
    Foreign,
    /// Now sealed with the primary key; this is how it was kept.
    Rewritten(Protection),
}

impl Certificates {
    /// As [`Certificates::load`], and how the value is kept. One HTTP request.
    pub fn load_value(&self, key: &str) -> impl Future<Output = Result<StoredValue, Error>> + Send + use<> {
        self.tenant().clone().call(LoadValue { key: key.to_owned() })
    }

    /// Seals a value with the primary key unless it is already. One HTTP request when there is nothing to do, three
    /// otherwise. Of a whole storage: call it for every key of a recursive [`Certificates::list`]; run again, it goes on
    /// where it was broken off.
    ///
    /// Readers are never disturbed. A `store` or `delete` in the one round trip between the last look at the object and its
    /// replacement is undone, since OSS has no put on condition, and if it was of values that are stored together, loading them
    /// may fail until they are stored again: hold the lock the value is written under where that matters.
    ///
    /// Fails with [`StorageError::Unsupported`] without a key set, with [`StorageError::Corrupt`] when the value can't be
    /// opened, and then nothing is written, with [`StorageError::Conflict`] when it changes faster than it can be replaced.
    ///
    /// [`StorageError::Unsupported`]: crate::StorageError::Unsupported
    /// [`StorageError::Corrupt`]: crate::StorageError::Corrupt
    /// [`StorageError::Conflict`]: crate::StorageError::Conflict
    pub fn reencrypt(&self, key: &str) -> impl Future<Output = Result<Reencrypted, Error>> + Send + use<> {
        self.tenant().clone().call(Reencrypt { key: key.to_owned() })
    }
}

type Answer<T> = wasmtime::Result<Result<T, types::Error>>;

struct LoadValue {
    key: String,
}

impl Operation for LoadValue {
    const OPERATION: &'static str = "load-value";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = StoredValue;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<StoredValue> {
        let (loaded,) = guest.invoke(guest.certificates()?.func_load_value(), (guest.storage, self.key)).await?;
        Ok(loaded.map(|loaded| StoredValue { value: loaded.value.into(), protection: loaded.protection.into() }))
    }
}

struct Reencrypt {
    key: String,
}

impl Operation for Reencrypt {
    const OPERATION: &'static str = "reencrypt";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = Reencrypted;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Reencrypted> {
        let (outcome,) = guest.invoke(guest.certificates()?.func_reencrypt(), (guest.storage, self.key)).await?;
        Ok(outcome.map(|outcome| match outcome {
            wit::Reencrypted::Absent => Reencrypted::Absent,
            wit::Reencrypted::Current => Reencrypted::Current,
            wit::Reencrypted::Foreign => Reencrypted::Foreign,
            wit::Reencrypted::Rewritten(before) => Reencrypted::Rewritten(before.into()),
        }))
    }
}

impl From<wit::Protection> for Protection {
    fn from(protection: wit::Protection) -> Self {
        match protection {
            wit::Protection::Clear => Self::Clear,
            wit::Protection::Sealed(by) => Self::Sealed { key_id: by.key_id, by_primary: by.by_primary },
        }
    }
}

impl fmt::Debug for StoredValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredValue").field("size", &self.value.len()).field("protection", &self.protection).finish()
    }
}
