//! Manifests: rule 10.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{ATTEMPTS, PushError, Pushes, link};
use crate::digest::Digest;
use crate::gc::facts::Kind;
use crate::gc::rule::Rule;
use crate::gc::view::View;
use crate::layout;
use crate::links::Lookup;
use crate::name::RepositoryName;
use crate::ports::{Clock, Guard, OssTime, Storage, StorageError, StorageErrorKind};

/// How many references are looked at at once: twice as many requests.
const AT_ONCE: usize = 8;

/// A manifest to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewManifest<'a> {
    /// Its digest, which was verified.
    pub digest: &'a Digest,
    /// Its bytes.
    pub content: Bytes,
    /// What it names and must be there.
    pub references: &'a [(Kind, Digest)],
}

/// What became of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ManifestOutcome {
    /// It is stored and linked, as of this `Date`. Tags may be written now.
    Stored(OssTime),
    /// These of its references are not in the repository; nothing was written.
    Missing(Vec<Digest>),
}

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Stores a manifest and links it as a revision, if everything is there that it names. 2 requests, 1 more where it names
    /// nothing, and 2 for each reference that is not remembered.
    ///
    /// # Errors
    /// When a request fails, or a collection deletes the manifest's own digest at the time.
    pub async fn manifest(
        &self,
        name: &RepositoryName,
        manifest: &NewManifest<'_>,
    ) -> Result<ManifestOutcome, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            let missing = self.missing(&view, name, manifest.references).await?;
            if !missing.is_empty() {
                return Ok(ManifestOutcome::Missing(missing));
            }
            if self.keeps(Rule::OwnDigest) && view.must_wait(manifest.digest) {
                self.wait(&view, manifest.digest).await?;
                continue;
            }
            match self.store(&view, name, manifest).await {
                Ok(date) => return Ok(ManifestOutcome::Stored(date)),
                Err(error) => last = Some(link::to_repeat(error)?),
            }
        }
        Err(PushError::given_up(last))
    }

    async fn missing(
        &self,
        view: &Arc<View>,
        name: &RepositoryName,
        references: &[(Kind, Digest)],
    ) -> Result<Vec<Digest>, StorageError> {
        // By value: with a closure that takes a reference the futures of pushes would not be `Send`.
        stream::iter(references.iter().cloned())
            .map(|(kind, digest)| async move {
                let found = self.present(view, kind, name, &digest, Lookup::AtOnce).await?;
                Ok(found.is_none().then_some(digest))
            })
            .buffered(AT_ONCE)
            .try_filter_map(|missing| std::future::ready(Ok(missing)))
            .try_collect()
            .await
    }

    /// The blob first, then the revision: rule 5. A blob that is there is not written again. Returns the `Date` of the
    /// revision's response.
    async fn store(
        &self,
        view: &Arc<View>,
        name: &RepositoryName,
        manifest: &NewManifest<'_>,
    ) -> Result<OssTime, StorageError> {
        let size = manifest.content.len() as u64;
        let blob = layout::blob(manifest.digest);
        // Without a window: a late copy puts verified content where it belongs, and only where nothing is.
        let put = async || match self.storage.put(&blob, manifest.content.clone(), Guard::CREATE_ONLY).await {
            Ok(written) => Ok(Some(written.date)),
            Err(error) if error.kind == StorageErrorKind::Exists => Ok(error.date),
            Err(error) => Err(error),
        };
        let date = if self.keeps(Rule::Order) { put().await? } else { None };
        let redated = date.filter(|_| !self.keeps(Rule::DeadlineFromView)).map(|date| Arc::new(view.redated(date)));
        let view = redated.as_ref().unwrap_or(view);
        if manifest.references.is_empty() {
            // Distribution 2.8 finds repositories by their layer links: the garbage collection of one that knows none would
            // delete this manifest.
            self.write_link(view, Kind::Blob, name, manifest.digest, manifest.digest, size).await?;
        }
        let revision = self.write_link(view, Kind::Manifest, name, manifest.digest, manifest.digest, size).await?;
        if !self.keeps(Rule::Order) {
            put().await?;
        }
        Ok(revision.link_modified)
    }
}
