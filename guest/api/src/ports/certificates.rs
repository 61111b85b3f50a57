//! Certificates.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::{LockError, StorageError};

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// When it was last changed, in seconds since 1970.
    pub modified: u64,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// Whether it is a directory. A key that is both is told as a file.
    pub is_directory: bool,
}

/// What is below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyListing {
    /// The entries, in the byte order of their keys.
    pub entries: Vec<KeyEntry>,
    /// How many objects no key can name.
    pub left_out: u64,
}

/// An entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The key, in full.
    pub key: String,
    /// Its value; none for a directory. A key that is both is told as a file.
    pub value: Option<ListedValue>,
}

/// What a listing tells of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedValue {
    /// The value's size in bytes, where the listing tells it.
    pub size: Option<u64>,
    /// When it was last changed, in seconds since 1970.
    pub modified: u64,
}

/// The certificates of a tenant: values under keys. Keys are in normal form.
pub trait Certificates {
    /// A lease that values can be written under.
    type Lease;

    /// The value of a key. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) when the key has no value.
    fn load(&self, key: &str) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, StorageError>>;

    /// Stores a value of at most 16 MiB, over any that is there. 1 request.
    ///
    /// # Errors
    /// As a request may fail.
    fn store(&self, key: &str, value: Bytes) -> impl Future<Output = Result<(), StorageError>>;

    /// Stores a value as [`Certificates::store`] does, but OSS refuses it once the lease is over. Whether an earlier copy of
    /// the request may take effect again until the lease's end.
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it for that.
    fn store_under(
        &self,
        lease: &Self::Lease,
        key: &str,
        value: Bytes,
    ) -> impl Future<Output = Result<bool, LockError>>;

    /// Removes a file, or a directory with everything below it. Fine when nothing is there. 2 requests for a file.
    ///
    /// # Errors
    /// As a request may fail.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), StorageError>>;

    /// Removes as [`Certificates::delete`] does, but OSS refuses it once the lease is over. As [`Certificates::store_under`].
    ///
    /// # Errors
    /// [`LockError::Lost`] when OSS refused it for that.
    fn delete_under(&self, lease: &Self::Lease, key: &str) -> impl Future<Output = Result<bool, LockError>>;

    /// What is known of a key. 1 request for a file, 2 for a directory or nothing.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) when it is neither a file nor a directory.
    fn stat(&self, key: &str) -> impl Future<Output = Result<KeyInfo, StorageError>>;

    /// The keys below a directory, in byte order and in full; an empty prefix is the whole storage. Recursive: everything
    /// below, directories included; otherwise one level. 1 request for each 1000 objects.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) when there is neither a file nor a directory of that name.
    fn list(&self, prefix: &str, recursive: bool) -> impl Future<Output = Result<KeyListing, StorageError>>;
}
