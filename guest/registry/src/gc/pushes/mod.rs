//! The writes by which a registry process confirms content to a client, and the rules that they follow because a
//! collection may run concurrently.
//!
//! E0 is the `Date` of the response with which the process read the epoch log; C, T1 and T2 are the times in the
//! epoch's record, W and S those of [`timing`](super::timing). The code refers to the rules by their numbers:
//!
//! 1. *View.* Before a process uses anything that is older than half a minute, it reads the end of the log and the list
//!    named there, with one read at a time. It rejects a read without a `Date`, of a shorter log, with an earlier
//!    `Date`, without the right list, or of an unknown version. Without a view it writes nothing.
//! 2. A digest is *listed* if it is in the view's list and E0 < T2 + S.
//! 3. *Facts* are read by requests that are sent after the view's response arrived. Content is *present* in a
//!    repository if its link and its blob exist, and it is not listed or the link's `Last-Modified` is at least C.
//! 4. *Deadline.* The write of a layer or revision link is signed to end at E0 + W, or at T1 if the digest is listed
//!    and T1 is earlier. All attempts have the same deadline, and a response dated after it counts as a rejection.
//! 5. *Order.* A link is written after the response that its blob exists, both under one view; tags are written after
//!    the response for the revision link.
//! 6. After a rejection or a lost response the call starts again with a view.
//! 7. If the digest is listed and T1 is near or over, the call waits until the digest is not listed, or is listed by a
//!    later epoch whose T1 is not near; or it fails, and states when to try again. Until then nothing is stored at the
//!    path of the blob, and the source of a copy is kept until its link was confirmed.
//! 8. A remembered link was present under the view that is still current. It is forgotten after a gap of more than W
//!    between two views, and when a new record lists its digest.
//! 9. Before they respond, HEAD and mount write a link again if it is older than E0 + W less half the grace period.
//! 10. A manifest is stored if each of its references is present: first its blob, then its revision link. Rules 4, 5
//!     and 7 apply to it as to any digest.
//!
//! Why this is safe: a view without an epoch's record is older than the record, so everything that is written under it
//! takes effect before T1 + S, when the collector checks again. Under a view with the record, listed content is written
//! before T1, or when none of the epoch's deletes can take effect any more. Facts under E0 hold until E0 + W, because
//! deletes come later than the publication and W.

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

/// How often a call starts again before it fails. An epoch causes one rejection and a bad network one lost response;
/// the rest is a reserve.
const ATTEMPTS: u32 = 6;

/// Why a call confirmed nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// The epoch log could not be read, so nothing may be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A request failed, and certainly had no effect.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A collection may delete the digest at any moment.
    #[error("the blob is being collected as garbage: try again in {retry_after} s")]
    Collected {
        /// The number of seconds after which none of the collection's deletes can take effect any more.
        retry_after: u64,
    },
    /// All attempts were rejected or their responses lost.
    #[error("the write could not be confirmed in {ATTEMPTS} attempts, the last of which failed: {0}")]
    GivenUp(StorageError),
}

impl PushError {
    /// The error after the last attempt, with that attempt's error.
    fn given_up(last: Option<StorageError>) -> Self {
        let waited = || StorageError::new(StorageErrorKind::Unavailable, "every attempt had to wait for a collection");
        Self::GivenUp(last.unwrap_or_else(waited))
    }
}

/// Confirms pushes in one registry process.
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
    /// Whether a blob is present, so that a client may rely on it for half the grace period: an old link is written
    /// again first (rule 9). `None` if it is not present, or if its link is old and can't be written before the end of
    /// an epoch; the client then uploads the blob. 2 requests in sequence, 1 if it is not present, none if it is
    /// remembered; 1 more for an old link.
    ///
    /// # Errors
    /// If a request fails.
    pub async fn head(&self, name: &RepositoryName, digest: &Digest) -> Result<Option<Presence>, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            let Some(presence) = self.present(&view, Kind::Blob, name, digest, Lookup::LinkFirst).await? else {
                return Ok(None);
            };
            if !view.must_renew(presence.link_modified) {
                return Ok(Some(presence));
            }
            if view.must_wait(digest) || view.must_wait(&presence.target) {
                return Ok(None);
            }
            match self.write_link(&view, Kind::Blob, name, digest, &presence.target, presence.size).await {
                Ok(presence) => return Ok(Some(presence)),
                Err(error) => last = Some(link::retryable(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// Links a blob of another repository. `None` if it is not present there, or may be collected soon; the client then
    /// uploads it. 3 requests, 1 if the source is remembered.
    ///
    /// # Errors
    /// If a request fails.
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
            // A link to a digest of another algorithm is not copied: distribution's garbage collection destroys such
            // content.
            if view.must_wait(digest) || source.target != *digest {
                return Ok(None);
            }
            match self.write_link(&view, Kind::Blob, name, digest, digest, source.size).await {
                Ok(presence) => return Ok(Some(presence)),
                Err(error) => last = Some(link::retryable(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// Links a blob that exists in any repository or in none. `None` if it does not exist, or if an epoch lists it:
    /// then no link proves that it is kept. 2 requests.
    ///
    /// # Errors
    /// If a request fails.
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
                Err(error) => last = Some(link::retryable(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    /// A view under which facts may be read and links written.
    async fn view(&self) -> Result<Arc<View>, LogError> {
        self.epochs.view(self.storage, self.clock).await
    }

    fn keeps(&self, rule: Rule) -> bool {
        self.epochs.settings().keeps(rule)
    }
}
