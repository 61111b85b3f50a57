//! The writes by which a registry process confirms something to a client, and the rules that they keep beside a collection.
//!
//! E0 is the `Date` of the response in which the process read the epoch log; C, T1 and T2 are the times of the epoch's
//! record, W and S those of [`timing`](super::timing). The rules, by the numbers that the code names them by:
//!
//! 1. *View.* A process reads the log's end and the list named there, one reading at a time, before it uses anything older
//!    than half a minute. It takes nothing from a reading without a `Date`, of a shorter log, with an earlier `Date`, without
//!    the right list, or of an unknown version. Without a view it writes nothing.
//! 2. A digest is *listed* if the view's list has it and E0 < T2 + S.
//! 3. *Facts* are read by requests sent after the view's response arrived. A blob is *present* in a repository if link and
//!    blob are there and it is not listed, or its link's `Last-Modified` is at least C.
//! 4. *Deadline.* A layer or revision link is signed to end at E0 + W; if its own digest is listed, at T1 if that is
//!    earlier. Repetitions keep the deadline, and a response dated after it is a refusal.
//! 5. *Order.* A link is written after the response that its blob is there, both under one view; tags after the revision's.
//! 6. After a refusal or a lost response the call begins again with a view.
//! 7. If the digest is listed and T1 is near or over, the call waits until it is not listed, or listed by a next epoch whose
//!    T1 is far; or it fails and tells when to come again. Until then nothing is put at the blob's place, and the source of a
//!    copy stays until its link was confirmed.
//! 8. What is remembered of a link was present under the view that is still current. It is forgotten after a gap of more
//!    than W between two views, and when a new record lists its digest.
//! 9. HEAD and mount write a link again that is older than E0 + W less half the grace period, before they answer.
//! 10. A manifest is stored if each of its references is present: first its blob, then its revision link, by 4, 5 and 7 as
//!     any digest.
//!
//! Why it holds: a view without an epoch's record is older than the record, so that all that is written under it lands
//! before T1 + S, when the collector looks again. A view with the record writes what is listed before T1, or when all of the
//! epoch's deletes are dead. Facts under E0 hold until E0 + W, since deletes come later than the publication and W.

mod layer;
mod link;
mod manifest;
mod wait;

use std::sync::Arc;

pub(crate) use layer::BlobSource;
pub(crate) use manifest::{ManifestOutcome, NewManifest};

use super::epochs::Epochs;
use super::facts::{Kind, Presence};
use super::log::LogError;
use super::rule::Rule;
use super::view::View;
use crate::digest::Digest;
use crate::links::Lookup;
use crate::name::RepositoryName;
use crate::ports::{Clock, Storage, StorageError, StorageErrorKind};

/// How often a call begins again before it gives up. One refusal is what an epoch costs, and one lost response what a bad
/// network does; the rest is for bad days.
const ATTEMPTS: u32 = 6;

/// Why nothing was confirmed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// The epoch log could not be read, so that nothing may be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A request failed, and it is known that it had no effect.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The digest may be deleted at any moment, by a collection that needs so much longer.
    #[error("the blob is being collected as garbage: try again in {retry_after} s")]
    Collected {
        /// In how many seconds none of the collection's deletes can have an effect any more.
        retry_after: u64,
    },
    /// All attempts were refused or their responses lost.
    #[error("the write could not be confirmed in {ATTEMPTS} attempts, the last of which failed: {0}")]
    GivenUp(StorageError),
}

impl PushError {
    /// After the last attempt, with what it failed by.
    fn given_up(last: Option<StorageError>) -> Self {
        let waited = || StorageError::new(StorageErrorKind::Unavailable, "every attempt had to wait for a collection");
        Self::GivenUp(last.unwrap_or_else(waited))
    }
}

/// The pushes of one registry process.
#[derive(Debug)]
pub(crate) struct Pushes<'a, S, C> {
    /// The storage driver.
    pub storage: &'a S,
    /// The clock.
    pub clock: &'a C,
    /// The reader of the epoch log, shared by everything in the process.
    pub epochs: &'a Epochs,
}

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Whether a blob is there, so that a client may rely on it for half the grace period: an old link is written again
    /// first (rule 9). `None`: it is not there, or its link is old and can't be written before the end of an epoch; the client
    /// then uploads it. 2 requests in turn, 1 where it is not there, none where it is remembered; 1 more for an old link.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn head(&self, name: &RepositoryName, digest: &Digest) -> Result<Option<Presence>, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            let Some(presence) = self.present(&view, Kind::Blob, name, digest, Lookup::LinkFirst).await? else {
                return Ok(None);
            };
            if !view.is_old(presence.link_modified) {
                return Ok(Some(presence));
            }
            if view.must_wait(digest) || view.must_wait(&presence.target) {
                return Ok(None);
            }
            match self.write_link(&view, Kind::Blob, name, digest, &presence.target, presence.size).await {
                Ok(presence) => return Ok(Some(presence)),
                Err(error) => last = Some(link::to_repeat(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// Links a blob of another name, and tells its size. `None`: it is not there, or it is about to be collected; the
    /// client then uploads it. 3 requests, 1 where the source is remembered.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn mount(
        &self,
        name: &RepositoryName,
        from: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Presence>, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            let Some(source) = self.present(&view, Kind::Blob, from, digest, Lookup::AtOnce).await? else {
                return Ok(None);
            };
            // An alias is not written again: it is what distribution's collection destroys.
            if view.must_wait(digest) || source.target != *digest {
                return Ok(None);
            }
            match self.write_link(&view, Kind::Blob, name, digest, digest, source.size).await {
                Ok(presence) => return Ok(Some(presence)),
                Err(error) => last = Some(link::to_repeat(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// Links a blob in a repository wherever it came from, and tells its size. `None`: it is not there, or an epoch lists
    /// it; no link proves then that it stays. 2 requests.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn adopt(&self, name: &RepositoryName, digest: &Digest) -> Result<Option<Presence>, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            if view.listing(digest).is_some() {
                return Ok(None);
            }
            let Some(blob) = self.stat_blob(digest).await? else { return Ok(None) };
            match self.write_link(&view, Kind::Blob, name, digest, digest, blob.size).await {
                Ok(presence) => return Ok(Some(presence)),
                Err(error) => last = Some(link::to_repeat(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// A view to find out facts under, and to write under.
    async fn view(&self) -> Result<Arc<View>, LogError> {
        self.epochs.view(self.storage, self.clock).await
    }

    fn keeps(&self, rule: Rule) -> bool {
        self.epochs.settings().keeps(rule)
    }
}
