//! Loads a set.

use std::cell::Cell;

use bytes::Bytes;
use futures_util::future::{try_join, try_join_all};

use super::index::{Found, Index, Kind};
use super::members::{Member, Members};
use super::rule::SetRule;
use crate::cert::reencrypt::ROUNDING;
use crate::cert::storage::{MAX_VALUE, Storage};
use crate::encryption::MAX_OVERHEAD;
use crate::error::{Error, ErrorKind};
use crate::oss::{Identity, Loaded, pause};
use crate::ports::Ports;

/// How often to read objects that may be about to change.
const ROUNDS: u8 = 5;

/// A value that was read before a set was stored may be written back re-encrypted within so many seconds or never: OSS
/// accepts the request for some seconds only, and no upload of a value takes this long.
const LATEST_RESEAL: u64 = 3600;

/// An object, or `None` if it does not exist. Its bytes are read only if they are the key's value: a replaced value may
/// be larger than all values of a set together.
type Object = Option<(Option<Loaded>, Identity)>;

/// What an object means for its key, given the index that was read before it.
enum Verdict {
    /// The key has the value in this object, or none.
    Stands,
    /// The key has no value: the set was removed.
    Removed,
    /// The key has the value in the set's copy.
    Copied,
    /// Unknown.
    Open,
}

impl<P: Ports> Storage<P> {
    /// The values of keys that are stored together, in the order of the keys; `None` for a key without a value. They
    /// are the values of one set, possibly changed by later stores and deletes of single keys. 1 request for each key
    /// and 1 for the set if all values are as they were stored together; otherwise at least 1 more, and 1 for each
    /// value that is not under its key yet.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`], retryable, if the values can't be shown to be one set; storing them together again
    /// solves that. [`ErrorKind::InvalidKey`] and [`ErrorKind::Unsupported`] if the keys can't be those of a set;
    /// [`ErrorKind::Unsupported`] also if the values together are larger than [`MAX_VALUE`]; and as [`Storage::load`].
    pub async fn load_together(&self, keys: &[&str]) -> Result<Vec<Option<Bytes>>, Error> {
        if let [key] = keys {
            return match self.load(key).await {
                Ok(value) => Ok(vec![Some(value)]),
                Err(error) if error.kind == ErrorKind::NotFound => Ok(vec![None]),
                Err(error) => Err(error),
            };
        }
        let members = self.members(keys)?;
        let mut found = self.get_index(&members).await?;
        // For each key, whether the set's copy was gone before the key is read.
        let mut gone = vec![false; members.list.len()];
        for round in 1..=ROUNDS {
            let budget = Cell::new(
                MAX_VALUE + if self.encryption.is_some() { MAX_OVERHEAD * members.list.len() as u64 } else { 0 },
            );
            let reading = members.list.iter().zip(&gone).enumerate().map(|(place, (member, gone))| {
                let (budget, found) = (&budget, found.as_ref());
                let stands = move |identity: &Identity| {
                    matches!(self.verdict(found, place, Some(identity), *gone), Verdict::Stands)
                        || !self.keeps(SetRule::IndexIsReadFirst)
                };
                async move { self.client.get_identified(&member.key, &member.object, budget, stands).await }
            });
            let objects = try_join_all(reading).await?;
            if !self.keeps(SetRule::IndexIsReadFirst) {
                found = self.get_index(&members).await?;
            }
            let is_whole = found.as_ref().is_some_and(|found| {
                let is_of_set =
                    |object: &Object| matches!(object, Some((_, it)) if it.set.as_ref() == Some(&found.index.id));
                objects.iter().all(is_of_set)
            });
            if is_whole {
                return self.open_together(&members, objects);
            }
            let (settled, after) =
                try_join(self.settle(&members, found.as_ref(), objects, &mut gone, &budget), self.get_index(&members))
                    .await?;
            if after != found && self.keeps(SetRule::IndexIsReadAgain) {
                if self.keeps(SetRule::GoneIsForgotten) {
                    gone.fill(false);
                }
                found = after;
            } else if let Some(objects) = settled {
                return self.open_together(&members, objects);
            }
            // The first time, most likely a writer is active, and has made progress by now. After the last round
            // nothing is read any more.
            if round > 1 && round < ROUNDS {
                self.client.ports.sleep(pause(round, self.client.ports.random_u64(), None)).await;
            }
        }
        let message = "it can't be established that the values are of one set: another was being stored or is on its way, or \
                       the keys were stored together with others; storing them together again mends it";
        Err(Error { retryable: true, ..Error::new(ErrorKind::Conflict, members.first(), message) })
    }

    /// Replaces the values that the set replaces by its copies; `None` if these can't be determined.
    async fn settle(
        &self,
        members: &Members,
        found: Option<&Found>,
        objects: Vec<Object>,
        gone: &mut [bool],
        budget: &Cell<u64>,
    ) -> Result<Option<Vec<Object>>, Error> {
        let settling = members.list.iter().zip(objects).zip(gone).enumerate().map(
            |(place, ((member, object), gone))| async move {
                let identity = object.as_ref().map(|(_, identity)| identity);
                Ok(match (self.verdict(found, place, identity, *gone), found) {
                    (Verdict::Stands, _) => Some(object),
                    (Verdict::Removed, _) => Some(None),
                    (Verdict::Copied, Some(found)) => {
                        let copy = self.get_copy(member, &found.index, budget).await?;
                        *gone = copy.is_none();
                        (copy.is_some() || !self.keeps(SetRule::GoneIsReadAgain)).then_some(copy)
                    }
                    (Verdict::Copied | Verdict::Open, _) => None,
                })
            },
        );
        let settled: Vec<Option<Object>> = try_join_all(settling).await?;
        Ok(settled.into_iter().collect())
    }

    async fn get_copy(&self, member: &Member, index: &Index, budget: &Cell<u64>) -> Result<Object, Error> {
        let copy = member.copy(&self.client.settings().root, &index.id)?;
        self.client.get_identified(&member.key, &copy, budget, |_| true).await
    }

    /// Decrypts the values, in the order in which their keys were given.
    fn open_together(&self, members: &Members, objects: Vec<Object>) -> Result<Vec<Option<Bytes>>, Error> {
        let mut values = vec![None; objects.len()];
        for (member, object) in members.list.iter().zip(objects) {
            let Some((Some(mut loaded), _)) = object else { continue };
            let bytes = std::mem::take(&mut loaded.bytes);
            let value = self.open_value(&member.key, &member.normal, bytes, || loaded.states_value_size())?;
            if let Some(place) = values.get_mut(member.given) {
                *place = Some(value.bytes);
            }
        }
        Ok(values)
    }

    /// What an object, or its absence, means for the key at a position in the set.
    fn verdict(&self, found: Option<&Found>, place: usize, object: Option<&Identity>, copy_is_gone: bool) -> Verdict {
        let Some(Found { index, put }) = found else {
            // The set's index is gone: the set is being removed, or a late request of it arrived.
            let stands = object.is_none_or(|identity| identity.set.is_none()) || !self.keeps(SetRule::SetsHaveAnIndex);
            return if stands { Verdict::Stands } else { Verdict::Open };
        };
        let replaced = index.replaced.get(place).and_then(Option::as_ref);
        let is_replaced =
            object.map(|identity| &identity.mark) == replaced || !self.keeps(SetRule::OnlyReplacedIsCopied);
        match object {
            Some(identity) if identity.set.as_ref() == Some(&index.id) => Verdict::Stands,
            // This value is replaced by the set. If the key had no value and the set's copy is gone, the key was
            // deleted since.
            object if is_replaced => match index.kind {
                Kind::Removed => Verdict::Removed,
                Kind::Stored if copy_is_gone && object.is_none() => Verdict::Stands,
                Kind::Stored => Verdict::Copied,
            },
            None => Verdict::Stands,
            Some(identity) if self.came_back(identity, *put) => Verdict::Open,
            Some(identity) if identity.set.is_none() || !self.keeps(SetRule::OtherSetsDiffer) => Verdict::Stands,
            Some(_) => Verdict::Open,
        }
    }

    /// Whether a value may have been re-encrypted while a set, whose index was written at this time, replaced it, so
    /// that the old value came back. Then it was stored no later than the set, by any of OSS's clocks, and re-encrypted
    /// no later than that can take.
    fn came_back(&self, identity: &Identity, put: u64) -> bool {
        let allowance = if self.keeps(SetRule::ClocksDiffer) { ROUNDING } else { 0 };
        self.keeps(SetRule::CameBack)
            && identity.stored <= put.saturating_add(allowance)
            && identity.resealed.is_some_and(|resealed| resealed <= put.saturating_add(LATEST_RESEAL))
    }
}
