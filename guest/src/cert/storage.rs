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

/// The largest value in bytes. Certificates are a few KiB; the bound keeps one call from filling the instance's memory.
pub const MAX_VALUE: u64 = 16 * 1024 * 1024;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key as it was asked for.
    pub key: String,
    /// When it was last changed, in seconds since 1970; of a directory: when the newest of the first 1000 keys below it
    /// was.
    pub modified: u64,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// True for a file.
    pub is_terminal: bool,
}

/// A certificate storage in one bucket.
pub struct Storage<P> {
    pub(crate) client: Client<P>,
    /// The locks beside it.
    pub(crate) locks: Rc<LocalState>,
    /// What seals and opens values.
    pub(super) encryption: Option<Encryption>,
    /// What the objects of values are to have.
    pub(super) attributes: Attributes,
    /// Whether it was seen that the bucket never had versioning on.
    pub(super) is_unversioned: Cell<bool>,
    #[cfg(feature = "lock-mutants")]
    pub(super) broken: Option<SetRule>,
}

impl<P: Ports> Storage<P> {
    /// A storage by these settings, without encryption or options, and beside locks of which only the
    /// default folder is known. Sends nothing.
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

    /// Beside these locks: their objects are no data, and they know of the writes under their leases.
    #[must_use]
    pub fn with_locks(self, locks: &Locks<P>) -> Self {
        Self { locks: locks.local().clone(), ..self }
    }

    /// With values sealed by this, or as they are where it is none.
    #[must_use]
    pub fn with_encryption(self, encryption: Option<Encryption>) -> Self {
        Self { encryption, ..self }
    }

    /// With objects that have these attributes.
    #[must_use]
    pub fn with_attributes(self, attributes: Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// Its credentials, for a host that renews them.
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

    /// What is known of a file or directory. 1 request for a file, 2 otherwise, and 2 for a file whose value must be
    /// opened to tell its size: one that another program sealed (or, where values in clear are taken, any that Ossicle did
    /// not seal), unless all texts of the key set are longer than their values by the same.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is neither, and anything a request can fail with.
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

    /// When the newest of the first objects below a directory was changed; `None` when there are none. 1 request.
    async fn newest_below(&self, key: &str, normal: &Key, max_keys: u32) -> Result<Option<u64>, Error> {
        let root = &self.client.settings().root;
        let prefix = match root.directory(Some(normal)) {
            Ok(prefix) => prefix,
            // A key of the greatest length has nothing below it, but OSS still has to say whether there is a bucket.
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

/// Refuses names that sets keep for themselves.
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
