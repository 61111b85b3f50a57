//! Moving values to the primary key, one key at a time.

use super::storage::Storage;
use super::together::SetRule;
use crate::encryption::Protection;
use crate::error::{Error, ErrorKind};
use crate::oss::{Change, Window};
use crate::ports::Ports;

/// What re-encryption found and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reencrypted {
    /// There is no value: the key is a directory or was removed.
    Absent,
    /// The value was sealed with the primary key already; nothing was written.
    Current,
    /// The object is one that grows by appending, which no value is: a lock. Nothing was written.
    Foreign,
    /// The value is now sealed with the primary key; this is how it was kept.
    Rewritten(Protection),
}

/// How often to begin anew when the value changes meanwhile.
const ROUNDS: usize = 3;

/// After the last look at the object OSS takes the put for so long, in seconds. It has to arrive meanwhile, not to be uploaded.
const LATEST: u64 = 15;
/// OSS states times to the second, and the clocks of two of its servers may differ.
pub(super) const ROUNDING: u64 = 3;

impl<P: Ports> Storage<P> {
    /// Seals the value of a key with the primary key, unless it already is. Of a whole storage: call it for every key that
    /// a recursive [`Storage::list`] gives. A run that was broken off is taken up by running it again: what is done costs
    /// 1 request. What must be done costs 3.
    ///
    /// Readers are safe: they find the old object or the new one, and hold keys for both. OSS has no put on condition, so
    /// writers are safe but for one moment: the value is put back only if the object still is the one that was read, and a
    /// `store` or `delete` between that check and the put is undone, be it of a set, which may be an error from then on until
    /// it is stored again. That is one round trip, and if the put is late 15 s at most: OSS refuses it after that, and it is
    /// never sent again without another look. Where that must not be, hold the lock under which the value is written.
    ///
    /// A value stays of its set, and is replaced by a set if it was before: it keeps its identity. Copies that a set left which
    /// was broken off are not sealed anew.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the storage has no key set; [`ErrorKind::Corrupt`] when the value can't be opened,
    /// and nothing is written then; [`ErrorKind::Conflict`] when it changes faster than it can be written; and anything a
    /// request can fail with.
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
            // It is the same value, of the same set, and what a set replaces if it did before.
            let identity = loaded.identity(key)?;
            if self.keeps(SetRule::IdentityIsKept) {
                sealed.attributes.keep_identity(&identity);
            }
            // As little as can be comes between this and the put, which is never sent again without it.
            let (now, is) = match self.client.head_value(key, &object).await {
                Ok(seen) => seen,
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(Reencrypted::Absent),
                Err(error) => return Err(error),
            };
            // A set may have stored the same bytes again, which have the same ETag.
            let is_same = is == identity || !self.keeps(SetRule::IdentityIsCompared);
            if now.etag.is_none() || now.etag != loaded.etag() || !is_same {
                continue;
            }
            let window = |date: u64| Window { from: date.saturating_sub(ROUNDING), seconds: LATEST + ROUNDING };
            let guard = now.date.map(|date| window(date).into());
            let change = Change { guard, once: true, ..Change::default() };
            match self.client.store_object(key, &object, sealed.bytes, &sealed.attributes, change).await {
                Ok(()) => return Ok(Reencrypted::Rewritten(value.protection)),
                // Whether it was put shows in the next round.
                Err(error) if error.retryable || error.undecided || Window::closed(&error) => {
                    failure = Error { retryable: true, ..error };
                }
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }
}
