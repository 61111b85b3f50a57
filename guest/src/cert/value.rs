//! Converts values to and from the content of objects: in clear, or encrypted if the storage has a key set.
//!
//! The associated data of an encrypted value is its key in normal form, without bucket or root. For the keys that
//! certmagic uses, that is the key as given, so values that the Go modules encrypted can be decrypted here and the
//! other way round, even after objects were moved below another root. Of a key's aliases (`/a`, `a//b`), the normal
//! form is the one that a Go module needs to find the object, and each alias finds the value again.

use bytes::Bytes;
use zeroize::Zeroize as _;

use super::storage::{MAX_VALUE, Storage};
use crate::encryption::{Encryption, MAX_OVERHEAD, Protection, is_plausible};
use crate::error::{Error, ErrorKind};
use crate::key::{Key, ObjectName};
use crate::oss::{Attributes, Change, Guard, Loaded, ObjectMeta, VALUE_SIZE};
use crate::ports::Ports;

/// The content and attributes of an object for a value.
pub(super) struct Content {
    pub(super) object: ObjectName,
    pub(super) bytes: Bytes,
    pub(super) attributes: Attributes,
}

/// A value, and how it was stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// The value.
    pub bytes: Bytes,
    /// How the value was stored.
    pub protection: Protection,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").field("size", &self.bytes.len()).field("protection", &self.protection).finish()
    }
}

impl<P: Ports> Storage<P> {
    /// Stores a value and replaces any that exists, encrypted with the primary key if the storage has a key set. 1
    /// request.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`]; [`ErrorKind::Unsupported`] when the value is larger than [`MAX_VALUE`]; and anything a
    /// request can fail with.
    pub async fn store(&self, key: &str, value: Bytes) -> Result<(), Error> {
        self.store_in(key, value, None).await
    }

    /// Stores a value, which OSS performs only within a window of its own time.
    pub(crate) async fn store_in(&self, key: &str, value: Bytes, guard: Option<Guard<'_>>) -> Result<(), Error> {
        let content = self.content(key, value)?;
        let change = Change { guard, ..Change::default() };
        self.client.store_object(key, &content.object, content.bytes, &content.attributes, change).await
    }

    /// The content and attributes of a key's object for a value.
    pub(super) fn content(&self, key: &str, value: Bytes) -> Result<Content, Error> {
        let (normal, object) = self.object(key)?;
        let size = value.len() as u64;
        if size > MAX_VALUE {
            let message = format!("the value has {size} bytes, and a storage holds values up to {MAX_VALUE}");
            return Err(Error::new(ErrorKind::Unsupported, key, message));
        }
        let mut attributes = self.attributes.clone();
        let bytes = match &self.encryption {
            Some(encryption) => {
                // State the value's size in the metadata. This also shows that the object is encrypted to programs
                // without the key.
                attributes.set(VALUE_SIZE, size.to_string());
                self.seal(key, encryption, &normal, value)?
            }
            None => value,
        };
        Ok(Content { object, bytes, attributes })
    }

    /// The value of a file. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none, or the key is a directory; [`ErrorKind::Corrupt`] if the bytes don't
    /// match their CRC-64, or are not a value encrypted for this key with a key of the key set;
    /// [`ErrorKind::Unsupported`] if the object is larger than [`MAX_VALUE`]; and anything a request can fail with.
    pub async fn load(&self, key: &str) -> Result<Bytes, Error> {
        Ok(self.load_value(key).await?.bytes)
    }

    /// The value of a file, and how it was stored. 1 request.
    ///
    /// # Errors
    /// As [`Storage::load`].
    pub async fn load_value(&self, key: &str) -> Result<Value, Error> {
        let (normal, object) = self.object(key)?;
        let mut loaded = self.get(key, &object).await?;
        let bytes = std::mem::take(&mut loaded.bytes);
        self.open_value(key, &normal, bytes, || loaded.states_value_size())
    }

    fn seal(&self, key: &str, encryption: &Encryption, normal: &Key, value: Bytes) -> Result<Bytes, Error> {
        let sealed = encryption.seal(&self.client.ports, normal.as_str(), &value);
        // The caller wants the value encrypted, so wipe it from memory here.
        if let Ok(mut value) = value.try_into_mut() {
            value.as_mut().zeroize();
        }
        sealed.ok_or_else(|| Error::new(ErrorKind::Unsupported, key, "the value is too long to be sealed"))
    }

    pub(super) async fn get(&self, key: &str, object: &ObjectName) -> Result<Loaded, Error> {
        let sealed = self.encryption.is_some();
        self.client.get_object(key, object, if sealed { MAX_VALUE + MAX_OVERHEAD } else { MAX_VALUE }).await
    }

    /// `marked` returns whether the object states that it is encrypted. It is called only if that matters, because it
    /// calls the host.
    pub(super) fn open_value(
        &self,
        key: &str,
        normal: &Key,
        bytes: Bytes,
        marked: impl FnOnce() -> bool,
    ) -> Result<Value, Error> {
        let corrupt = |message| Error::new(ErrorKind::Corrupt, key, message);
        match &self.encryption {
            Some(encryption) => match encryption.value(normal.as_str(), bytes, marked) {
                Some((bytes, protection)) => Ok(Value { bytes, protection }),
                // One message for all causes: they can't be told apart, and someone who changed the object must not
                // learn which it is.
                None => Err(corrupt(
                    "the value can't be decrypted: it was changed, moved from another key, never encrypted, or \
                     encrypted with a key that is not enabled in the key set",
                )),
            },
            None if marked() => Err(corrupt("the value is encrypted, and the storage has no key set")),
            None => Ok(Value { bytes, protection: Protection::Clear }),
        }
    }

    /// The size of the value in a listed object, if the object's size alone determines it.
    pub(super) fn listed_size(&self, object: u64) -> Option<u64> {
        match &self.encryption {
            Some(encryption) => encryption.value_size(object, None),
            None => Some(object),
        }
    }

    /// The size of the value in an object.
    pub(super) async fn value_size(&self, key: &str, meta: &ObjectMeta) -> Result<u64, Error> {
        match &self.encryption {
            Some(encryption) => match encryption.value_size(meta.size, meta.value_size) {
                Some(size) => Ok(size),
                None => Ok(self.load(key).await?.len() as u64),
            },
            None => Ok(meta.value_size.filter(|size| is_plausible(meta.size, *size)).unwrap_or(meta.size)),
        }
    }
}
