//! The interface to a tenant's certificates.

use bytes::Bytes;
use zeroize::Zeroizing;

use super::{LockError, StorageError};

/// The metadata of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The time of the last change, in seconds since 1970.
    pub modified: u64,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// Whether the key is a directory. A key that is both a value and a directory is reported as a value.
    pub is_directory: bool,
}

/// The keys below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyListing {
    /// The entries, in the byte order of their keys.
    pub entries: Vec<KeyEntry>,
    /// The number of objects whose names can't be keys. They are not among the entries.
    pub left_out: u64,
}

/// An entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The complete key.
    pub key: String,
    /// The value's metadata; `None` for a directory. A key that is both a value and a directory is reported as a value.
    pub value: Option<ListedValue>,
}

/// The metadata of a value in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedValue {
    /// The value's size in bytes; `None` if the value is encrypted and the size of its object does not determine it.
    pub size: Option<u64>,
    /// The time of the last change, in seconds since 1970.
    pub modified: u64,
}

/// The certificates of a tenant: values under keys. All keys passed to these methods must be in normal form.
pub trait Certificates {
    /// A lease under which values can be written.
    type Lease;

    /// Reads the value of a key. 1 request.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) if the key has no value.
    fn load(&self, key: &str) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, StorageError>>;

    /// Stores a value of at most 16 MiB, and replaces an existing one. 1 request.
    ///
    /// # Errors
    /// Any error of a request.
    fn store(&self, key: &str, value: Bytes) -> impl Future<Output = Result<(), StorageError>>;

    /// Stores a value like [`Certificates::store`], but OSS rejects the write once the lease is over. Returns whether
    /// another attempt of the request may take effect once more, until the lease's end.
    ///
    /// # Errors
    /// [`LockError::Lost`] if OSS rejected the change because the lease is over.
    fn store_under(
        &self,
        lease: &Self::Lease,
        key: &str,
        value: Bytes,
    ) -> impl Future<Output = Result<bool, LockError>>;

    /// Deletes a value, or a directory with everything below it. It is not an error if there is nothing. 2 requests for
    /// a value.
    ///
    /// # Errors
    /// Any error of a request.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), StorageError>>;

    /// Deletes like [`Certificates::delete`], but OSS rejects the requests once the lease is over. Returns the same as
    /// [`Certificates::store_under`].
    ///
    /// # Errors
    /// [`LockError::Lost`] if OSS rejected the change because the lease is over.
    fn delete_under(&self, lease: &Self::Lease, key: &str) -> impl Future<Output = Result<bool, LockError>>;

    /// Reads the metadata of a key. 1 request for a value, 2 otherwise.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) if the key is neither a value nor a directory.
    fn stat(&self, key: &str) -> impl Future<Output = Result<KeyInfo, StorageError>>;

    /// Lists the complete keys below a directory in byte order; an empty prefix means the whole storage. With
    /// `recursive` lists everything below the directory, including directories; otherwise one level. 1 request for each
    /// 1000 objects.
    ///
    /// # Errors
    /// [`NotFound`](super::StorageErrorKind::NotFound) if there is neither a value nor a directory with this name.
    fn list(&self, prefix: &str, recursive: bool) -> impl Future<Output = Result<KeyListing, StorageError>>;
}
