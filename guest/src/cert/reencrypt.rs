//! Re-encrypts values with the primary key, one value at a time.

use super::storage::Storage;
use super::together::SetRule;
use crate::encryption::Protection;
use crate::error::{Error, ErrorKind};
use crate::oss::{Change, Window};
use crate::ports::Ports;

/// The outcome of re-encrypting a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reencrypted {
    /// There is no value: the key is a directory or was removed.
    Absent,
    /// The value was encrypted with the primary key already; nothing was written.
    Current,
    /// The object was made by appending, so it is a lock and not a value. Nothing was written.
    Foreign,
    /// The value is now encrypted with the primary key; contains how it was stored before.
    Rewritten(Protection),
}

/// How often to start again if the value changes meanwhile.
const ROUNDS: usize = 3;

/// How long after the last read of the object OSS performs the put, in seconds. The request must arrive in that time,
/// but need not be uploaded completely.
const LATEST: u64 = 15;
/// Allowance for rounding, since OSS states times to the second, and for differences between its servers' clocks.
pub(super) const ROUNDING: u64 = 3;

impl<P: Ports> Storage<P> {
    /// Encrypts the value of a key with the primary key, unless it already is. For a whole storage, call this for every
    /// key of a recursive [`Storage::list`]. An interrupted run is continued by running it again: a value that is done
    /// costs 1 request, any other 3.
    ///
    /// Readers are safe: they get the old object or the new one, and have the keys for both. OSS has no conditional
    /// put, so writers are safe except for one moment. The value is written back only if the object still is the one
    /// that was read, and a `store` or `delete` between that check and the put is undone, even one of a set, which may
    /// then be an error until it is stored again. This moment is one round trip, and at most 15 s if the put is late:
    /// OSS rejects it after that, and it is never sent again without another check. To exclude that, hold the lock
    /// under which the value is written.
    ///
    /// A value keeps its identity: it stays in its set, and a set that replaced it still does. Copies that an
    /// interrupted set left are not re-encrypted.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if the storage has no key set; [`ErrorKind::Corrupt`] if the value can't be
    /// decrypted, and then nothing is written; [`ErrorKind::Conflict`] if it changes faster than it can be written; and
    /// anything a request can fail with.
    pub async fn reencrypt(&self, key: &str) -> Result<Reencrypted, Error> {
        let (normal, object) = self.object(key)?;
        if self.encryption.is_none() {
            return Err(Error::new(ErrorKind::Unsupported, key, "the storage has no key set to encrypt with"));
        }
        let message = "the value changed each time while it was being encrypted anew";
        let mut failure = Error { retryable: true, ..Error::new(ErrorKind::Conflict, key, message) };
        for _ in 0..ROUNDS {
            let loaded = match self.get(key, &object).await {
                Ok(loaded) => loaded,
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(Reencrypted::Absent),
                Err(error) => return Err(error),
            };
            if loaded.object_type().as_deref() == Some("Appendable") {
                return Ok(Reencrypted::Foreign);
            }
            let value = self.open_value(key, &normal, loaded.bytes.clone(), || loaded.states_value_size())?;
            if matches!(value.protection, Protection::Sealed { by_primary: true, .. }) {
                return Ok(Reencrypted::Current);
            }
            let mut sealed = self.content(key, value.bytes)?;
            // The identity stays the same: the same set, and replaced by the same sets as before.
            let identity = loaded.identity(key)?;
            if self.keeps(SetRule::IdentityIsKept) {
                sealed.attributes.keep_identity(&identity);
            }
            // Keep the time between this check and the put as short as possible; the put is never repeated without
            // another check.
            let (now, is) = match self.client.head_value(key, &object).await {
                Ok(seen) => seen,
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(Reencrypted::Absent),
                Err(error) => return Err(error),
            };
            // Compare more than the ETag, because a set may have stored the same bytes again.
            let is_same = is == identity || !self.keeps(SetRule::IdentityIsCompared);
            if now.etag.is_none() || now.etag != loaded.etag() || !is_same {
                continue;
            }
            let window = |date: u64| Window { from: date.saturating_sub(ROUNDING), seconds: LATEST + ROUNDING };
            let guard = now.date.map(|date| window(date).into());
            let change = Change { guard, once: true, ..Change::default() };
            match self.client.store_object(key, &object, sealed.bytes, &sealed.attributes, change).await {
                Ok(()) => return Ok(Reencrypted::Rewritten(value.protection)),
                // The next round shows whether the put took effect.
                Err(error) if error.retryable || error.undecided || Window::closed(&error) => {
                    failure = Error { retryable: true, ..error };
                }
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }
}
