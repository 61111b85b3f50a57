//! Confirms manifests: rule 10.

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

/// How many references are checked concurrently, each with two requests: enough to hide the latency.
const AT_ONCE: usize = 8;

/// The manifest to store.
#[derive(Clone, Debug)]
pub(crate) struct NewManifest<'a> {
    /// Its digest, which was verified.
    pub digest: &'a Digest,
    /// Its bytes.
    pub content: Bytes,
    /// The content that it names and that must be present.
    pub references: &'a [(Kind, Digest)],
}

/// The result of storing a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ManifestOutcome {
    /// The manifest is stored and linked, as of this `Date`. Its tags may be written now.
    Stored(OssTime),
    /// These references are not in the repository. Nothing was written.
    Missing(Vec<Digest>),
}

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Stores a manifest and links it as a revision, if everything that it names is present. 2 requests, 1 more if it
    /// names nothing, and 2 for each reference that is not remembered.
    ///
    /// # Errors
    /// If a request fails, or a collection is deleting the manifest's own digest.
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
                Err(error) => last = Some(link::retryable(error)?),
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
        // The references are passed by value: with a closure that takes a reference, the futures of pushes would not be
        // `Send`.
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

    /// Writes the blob, if it does not exist, and then the revision link: rule 5. Returns the `Date` of the response
    /// for the revision link.
    async fn store(
        &self,
        view: &Arc<View>,
        name: &RepositoryName,
        manifest: &NewManifest<'_>,
    ) -> Result<OssTime, StorageError> {
        let size = manifest.content.len() as u64;
        let blob = layout::blob(manifest.digest);
        // This write needs no window: a late attempt writes the verified content to its path, and only if nothing is
        // there.
        let put = async || match self.storage.put(&blob, manifest.content.clone(), Guard::CREATE_ONLY).await {
            Ok(written) => Ok(Some(written.date)),
            Err(error) if error.kind == StorageErrorKind::Exists => Ok(error.date),
            Err(error) => Err(error),
        };
        let date = if self.keeps(Rule::Order) { put().await? } else { None };
        let redated = date.filter(|_| !self.keeps(Rule::DeadlineFromView)).map(|date| Arc::new(view.redated(date)));
        let view = redated.as_ref().unwrap_or(view);
        if manifest.references.is_empty() {
            // Distribution 2.8 finds repositories by their layer links: its garbage collection would delete this
            // manifest if the repository had none.
            self.write_link(view, Kind::Blob, name, manifest.digest, manifest.digest, size).await?;
        }
        let revision = self.write_link(view, Kind::Manifest, name, manifest.digest, manifest.digest, size).await?;
        if !self.keeps(Rule::Order) {
            put().await?;
        }
        Ok(revision.link_modified)
    }
}
