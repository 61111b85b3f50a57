//! The storage and its operations on one key.

use std::cell::Cell;
use std::rc::Rc;

#[cfg(feature = "lock-mutants")]
use super::together::SetRule;
use super::together::is_reserved;
use crate::config::Settings;
use crate::credentials::Provider;
use crate::encryption::Encryption;
use crate::error::{Error, ErrorKind};
use crate::key::{InvalidKey, Key, ObjectName, TOGETHER};
use crate::lock::{LocalState, Locks};
use crate::oss::{Attributes, Client, ListFrom, ListRequest, MAX_KEYS};
use crate::ports::Ports;

/// The largest value in bytes. Certificates have a few KiB; the limit prevents one call from filling the instance's
/// memory.
pub const MAX_VALUE: u64 = 16 * 1024 * 1024;

/// The metadata of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key as the caller gave it.
    pub key: String,
    /// When it was last changed, in seconds since 1970; for a directory, the newest change of the first 1000 keys below
    /// it.
    pub modified: u64,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// True for a file.
    pub is_terminal: bool,
}

/// A certificate storage in one bucket.
pub struct Storage<P> {
    pub(crate) client: Client<P>,
    /// The state of the locks in the same bucket.
    pub(crate) locks: Rc<LocalState>,
    /// The encryption of values; `None` to store them in clear.
    pub(super) encryption: Option<Encryption>,
    /// The attributes of the objects.
    pub(super) attributes: Attributes,
    /// Whether a check has shown that versioning was never enabled in the bucket.
    pub(super) is_unversioned: Cell<bool>,
    #[cfg(feature = "lock-mutants")]
    pub(super) broken: Option<SetRule>,
}

impl<P: Ports> Storage<P> {
    /// A storage with these settings, without encryption or options, and without locks except that the default folder
    /// is reserved for them. Sends nothing.
    pub fn new(ports: P, settings: Settings) -> Self {
        Self {
            client: Client::new(ports, settings),
            locks: Rc::default(),
            encryption: None,
            attributes: Attributes::default(),
            is_unversioned: Cell::default(),
            #[cfg(feature = "lock-mutants")]
            broken: None,
        }
    }

    /// Shares the state of these locks: their objects are not listed as data, and they learn of writes under their
    /// leases.
    #[must_use]
    pub fn with_locks(self, locks: &Locks<P>) -> Self {
        Self { locks: locks.local().clone(), ..self }
    }

    /// Encrypts values, or stores them in clear if `None`.
    #[must_use]
    pub fn with_encryption(self, encryption: Option<Encryption>) -> Self {
        Self { encryption, ..self }
    }

    /// Sets the attributes of new objects.
    #[must_use]
    pub fn with_attributes(self, attributes: Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// The storage's credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        self.client.credentials()
    }

    /// Whether the key is a file or a directory. 1 request for a file, 2 otherwise.
    ///
    /// # Errors
    /// Anything a request can fail with; an error is never reported as absence.
    pub async fn exists(&self, key: &str) -> Result<bool, Error> {
        let (normal, object) = self.object(key)?;
        match self.client.head_object(key, &object).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(self.newest_below(key, &normal, 1).await?.is_some()),
            Err(error) => Err(error),
        }
    }

    /// The metadata of a file or directory. 1 request for a file, 2 otherwise. Also 2 for a file that must be decrypted
    /// to learn its value's size: one that another program encrypted (or, if values in clear are accepted, any that
    /// Ossicle did not encrypt), unless all keys of the set add the same number of bytes.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the key is neither, and anything a request can fail with.
    pub async fn stat(&self, key: &str) -> Result<KeyInfo, Error> {
        let (normal, object) = self.object(key)?;
        let absent = match self.client.head_object(key, &object).await {
            Ok(meta) => {
                let size = self.value_size(key, &meta).await?;
                return Ok(KeyInfo { key: key.to_owned(), modified: meta.modified, size, is_terminal: true });
            }
            Err(error) if error.kind == ErrorKind::NotFound => error,
            Err(error) => return Err(error),
        };
        match self.newest_below(key, &normal, MAX_KEYS).await? {
            Some(modified) => Ok(KeyInfo { key: key.to_owned(), modified, size: 0, is_terminal: false }),
            None => Err(absent),
        }
    }

    /// When the newest of the first objects below a directory was changed; `None` if there are none. 1 request.
    async fn newest_below(&self, key: &str, normal: &Key, max_keys: u32) -> Result<Option<u64>, Error> {
        let root = &self.client.settings().root;
        let prefix = match root.directory(Some(normal)) {
            Ok(prefix) => prefix,
            // A key of the greatest length has nothing below it, but the request still shows whether the bucket exists.
            Err(_) => root.object(normal).map_err(|problem| invalid(key, problem))?.as_str().to_owned(),
        };
        let request =
            ListRequest { key: Some(key), prefix: &prefix, one_level: false, from: ListFrom::Start, max_keys };
        let page = self.client.list_objects(&request).await?;
        Ok(page.objects.iter().map(|object| object.modified).max())
    }

    pub(super) fn object(&self, key: &str) -> Result<(Key, ObjectName), Error> {
        let normal = Key::parse(key).map_err(|problem| invalid(key, problem))?;
        if self.locks.owns(normal.as_str()) {
            return Err(Error::new(ErrorKind::InvalidKey, key, "the key is a lock's, and locks are no data"));
        }
        refuse_reserved(key, normal.as_str())?;
        let object = self.client.settings().root.object(&normal).map_err(|problem| invalid(key, problem))?;
        Ok((normal, object))
    }
}

/// Rejects names that are reserved for sets.
pub(super) fn refuse_reserved(key: &str, normal: &str) -> Result<(), Error> {
    if is_reserved(normal) {
        let message = format!("the key has the component {TOGETHER:?}, which is for values that are stored together");
        return Err(Error::new(ErrorKind::InvalidKey, key, message));
    }
    Ok(())
}

pub(super) fn invalid(key: &str, problem: InvalidKey) -> Error {
    Error::new(ErrorKind::InvalidKey, key, problem.to_string())
}
