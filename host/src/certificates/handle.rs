//! The certificate storage of a tenant.

use super::listing::KeyListing;
use crate::engine::Interface;
use crate::error::Error;
use crate::instance::{Guest, Needs, Operation, Place};
use crate::tenant::Tenant;
use crate::wit::{cert_storage as wit, types};
use bytes::Bytes;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// The certificate storage of a tenant: the storage contract of certmagic, which Caddy uses.
///
/// Keys are components separated by `/`. A key that has a value is a file; a directory is there as long as a longer key
/// is. Calls may be made at once and from anywhere: a clone is the same storage, and the futures are `Send`, borrow nothing
/// and need no particular runtime. A call begins when its future is first polled, or as soon as it has its turn after that.
/// Dropped before, it is never made; dropped after, it runs on to its end, unheard, and keeps its turn until then, for
/// [`Limits::call_timeout`](crate::Limits::call_timeout) from its first poll at most.
///
/// Every call can fail with any [`Error`] that is not named with it.
#[derive(Debug, Clone)]
pub struct Certificates {
    tenant: Tenant,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// The key as it was asked for.
    pub key: String,
    /// When it was last changed, to the second. Of a directory: when the newest of the first 1000 keys below it was.
    pub modified: SystemTime,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// True for a file, false for a directory. A key that is both is told as a file.
    pub is_terminal: bool,
}

impl Tenant {
    /// Its certificate storage.
    pub fn certificates(&self) -> Certificates {
        Certificates { tenant: self.clone() }
    }
}

impl Certificates {
    /// The tenant whose certificates they are.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Stores a value of at most 16 MiB, over any that is there. One HTTP request.
    pub fn store<V: Into<Bytes>>(
        &self,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<V> {
        self.tenant.clone().call(Store::<false> { key: key.to_owned(), value: value.into() })
    }

    /// Stores a value under a key that has none: of several who try at once one succeeds. One HTTP request; the first of an
    /// instance looks at the bucket's versioning by one more.
    ///
    /// Fails with [`StorageError::Conflict`] when the key has a value, with [`StorageError::Unsupported`] where versioning is
    /// or once was on, for there OSS does not refuse to overwrite.
    ///
    /// [`StorageError::Conflict`]: crate::StorageError::Conflict
    /// [`StorageError::Unsupported`]: crate::StorageError::Unsupported
    pub fn create<V: Into<Bytes>>(
        &self,
        key: &str,
        value: V,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<V> {
        self.tenant.clone().call(Store::<true> { key: key.to_owned(), value: value.into() })
    }

    /// The value of a file, which is wiped from memory when dropped: it may be a private key. One HTTP request.
    ///
    /// Fails with [`StorageError::NotFound`] when the key has no value, with [`StorageError::Corrupt`] when the bytes that
    /// came are not those that OSS holds.
    ///
    /// [`StorageError::NotFound`]: crate::StorageError::NotFound
    /// [`StorageError::Corrupt`]: crate::StorageError::Corrupt
    pub fn load(&self, key: &str) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, Error>> + Send + use<> {
        self.tenant.clone().call(Load { key: key.to_owned() })
    }

    /// Removes a file, or a directory with everything below it. Fine when nothing is there. Two HTTP requests for a file.
    pub fn delete(&self, key: &str) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        self.tenant.clone().call(Delete { key: key.to_owned() })
    }

    /// Whether the key is a file or a directory. One HTTP request for a file, two for a directory or nothing.
    pub fn exists(&self, key: &str) -> impl Future<Output = Result<bool, Error>> + Send + use<> {
        self.tenant.clone().call(Exists { key: key.to_owned() })
    }

    /// The keys below a directory, in byte order and in full, with sizes and times; an empty prefix is the whole storage.
    /// Recursive: everything below, directories included; otherwise one level. One HTTP request for each 1000 objects.
    ///
    /// Fails with [`StorageError::NotFound`] when there is neither a file nor a directory of that name.
    ///
    /// [`StorageError::NotFound`]: crate::StorageError::NotFound
    pub fn list(
        &self,
        prefix: &str,
        recursive: bool,
    ) -> impl Future<Output = Result<KeyListing, Error>> + Send + use<> {
        self.tenant.clone().call(List { prefix: prefix.to_owned(), recursive })
    }

    /// What is known of a file or directory. One HTTP request for a file, two for a directory or nothing.
    ///
    /// Fails with [`StorageError::NotFound`] when it is neither.
    ///
    /// [`StorageError::NotFound`]: crate::StorageError::NotFound
    pub fn stat(&self, key: &str) -> impl Future<Output = Result<KeyInfo, Error>> + Send + use<> {
        self.tenant.clone().call(Stat { key: key.to_owned() })
    }
}

type Answer<T> = wasmtime::Result<Result<T, types::Error>>;

/// Stores a value; a new one only where there is none.
struct Store<const NEW: bool> {
    key: String,
    value: Bytes,
}

impl<const NEW: bool> Operation for Store<NEW> {
    const OPERATION: &'static str = if NEW { "create" } else { "store" };
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = ();

    fn key(&self) -> &str {
        &self.key
    }

    fn needs(&self) -> Needs {
        Needs::store(&self.value)
    }

    async fn run(self, guest: Guest<'_>) -> Answer<()> {
        let certificates = guest.certificates()?;
        let function = if NEW { certificates.func_create() } else { certificates.func_store() };
        Ok(guest.invoke(function, (guest.storage, self.key, self.value.into())).await?.0)
    }
}

struct Load {
    key: String,
}

impl Operation for Load {
    const OPERATION: &'static str = "load";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = Zeroizing<Vec<u8>>;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Zeroizing<Vec<u8>>> {
        let (loaded,) = guest.invoke(guest.certificates()?.func_load(), (guest.storage, self.key)).await?;
        Ok(loaded.map(Zeroizing::new))
    }
}

struct Delete {
    key: String,
}

impl Operation for Delete {
    const OPERATION: &'static str = "delete";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = ();

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<()> {
        Ok(guest.invoke(guest.certificates()?.func_delete(), (guest.storage, self.key)).await?.0)
    }
}

struct Exists {
    key: String,
}

impl Operation for Exists {
    const OPERATION: &'static str = "exists";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = bool;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<bool> {
        Ok(guest.invoke(guest.certificates()?.func_exists(), (guest.storage, self.key)).await?.0)
    }
}

struct List {
    prefix: String,
    recursive: bool,
}

impl Operation for List {
    const OPERATION: &'static str = "list";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = KeyListing;

    fn key(&self) -> &str {
        &self.prefix
    }

    async fn run(self, guest: Guest<'_>) -> Answer<KeyListing> {
        let arguments = (guest.storage, self.prefix, self.recursive);
        let listing = guest.invoke(guest.certificates()?.func_list(), arguments).await?.0;
        Ok(listing.map(KeyListing::from))
    }
}

struct Stat {
    key: String,
}

impl Operation for Stat {
    const OPERATION: &'static str = "stat";
    const PLACE: Place = Place::Anywhere(Interface::CertStorage);
    type Output = KeyInfo;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<KeyInfo> {
        let (info,) = guest.invoke(guest.certificates()?.func_stat(), (guest.storage, self.key)).await?;
        Ok(info.map(KeyInfo::from))
    }
}

impl From<wit::KeyInfo> for KeyInfo {
    fn from(info: wit::KeyInfo) -> Self {
        Self { key: info.key, modified: moment(info.modified), size: info.size, is_terminal: info.is_terminal }
    }
}

/// A moment of the component's. One beyond what the platform can tell is its invention.
pub(super) fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
