//! Reads manifests, and remembers what they name.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::references::Named;
use crate::digest::Digest;
use crate::gc::collector::CollectError;
use crate::gc::rule::Rule;
use crate::gc::settings::GcSettings;
use crate::hash::digest_of;
use crate::layout;
use crate::ports::{ByteRange, Storage};

/// How many manifests are read concurrently: enough to hide the latency.
const AT_ONCE: usize = 16;

/// What the manifests that were read name, by the digests of their revisions. A manifest never changes, so one read
/// serves both marks.
#[derive(Debug, Default)]
pub(in crate::gc) struct Manifests(BTreeMap<Digest, Named>);

/// The result of reading a manifest's blob.
enum ManifestBlob {
    Manifest(Named),
    Damaged,
    Missing,
}

impl Manifests {
    /// What a manifest names; `None` if its blob does not exist.
    pub fn get(&self, digest: &Digest) -> Option<&Named> {
        self.0.get(digest)
    }

    /// Reads the manifests that were not read before. `wanted` has the digest of each, and the one by which it is
    /// stored. 1 request for each.
    ///
    /// # Errors
    /// If a request fails, except that a missing blob means that the manifest names nothing. Also if the content of a
    /// manifest does not match its digest: what it named before it was damaged must be kept until it is repaired.
    pub async fn read<S: Storage>(
        &mut self,
        storage: &S,
        settings: &GcSettings,
        wanted: impl Iterator<Item = (Digest, Digest)>,
    ) -> Result<(), CollectError> {
        let known = &self.0;
        let unread: Vec<_> = wanted.filter(|(digest, _)| !known.contains_key(digest)).collect();
        let read: Vec<(Digest, ManifestBlob)> = stream::iter(unread)
            .map(|(digest, stored)| async move { Ok((digest, manifest(storage, settings, &stored).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
            .map_err(|error: CollectError| error)?;
        let mut damaged = Vec::new();
        for (digest, found) in read {
            match found {
                ManifestBlob::Manifest(named) => drop(self.0.insert(digest, named)),
                ManifestBlob::Damaged => damaged.push(digest),
                ManifestBlob::Missing => {}
            }
        }
        damaged.sort();
        if damaged.is_empty() { Ok(()) } else { Err(CollectError::Damaged(damaged)) }
    }
}

async fn manifest<S: Storage>(
    storage: &S,
    settings: &GcSettings,
    stored: &Digest,
) -> Result<ManifestBlob, CollectError> {
    let content = match storage.load(&layout::blob(stored), ByteRange::Whole).await {
        Ok(loaded) => loaded.content,
        Err(error) if error.is_not_found() || !settings.keeps(Rule::ErrorsEndMark) => return Ok(ManifestBlob::Missing),
        Err(error) => return Err(error.into()),
    };
    if digest_of(stored.algorithm(), &content) != *stored {
        return Ok(ManifestBlob::Damaged);
    }
    Ok(ManifestBlob::Manifest(Named::of(&content)))
}
