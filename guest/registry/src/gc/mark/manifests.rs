//! Manifests that were read.

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

/// How many manifests are read at once.
const AT_ONCE: usize = 16;

/// Manifests that were read, with what they name, by the digests of their revisions. A manifest never changes, so that one
/// reading serves both marks.
#[derive(Debug, Default)]
pub(in crate::gc) struct Manifests(BTreeMap<Digest, Named>);

/// What a manifest's blob turned out to be.
enum Found {
    Manifest(Named),
    Damaged,
    Absent,
}

impl Manifests {
    /// What a manifest names; `None` where its blob is not there.
    pub fn get(&self, digest: &Digest) -> Option<&Named> {
        self.0.get(digest)
    }

    /// Reads those that were not read before. `wanted` has their digests and those by which they are stored. 1 request for
    /// each.
    ///
    /// # Errors
    /// Only that a manifest's blob is not there means that it names nothing; any other failure is an error. So are manifests
    /// whose content has another digest: what they named before they were damaged is needed by whoever mends them.
    pub async fn read<S: Storage>(
        &mut self,
        storage: &S,
        settings: &GcSettings,
        wanted: impl Iterator<Item = (Digest, Digest)>,
    ) -> Result<(), CollectError> {
        let known = &self.0;
        let unread: Vec<_> = wanted.filter(|(digest, _)| !known.contains_key(digest)).collect();
        let read: Vec<(Digest, Found)> = stream::iter(unread)
            .map(|(digest, stored)| async move { Ok((digest, manifest(storage, settings, &stored).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
            .map_err(|error: CollectError| error)?;
        let mut damaged = Vec::new();
        for (digest, found) in read {
            match found {
                Found::Manifest(named) => drop(self.0.insert(digest, named)),
                Found::Damaged => damaged.push(digest),
                Found::Absent => {}
            }
        }
        damaged.sort();
        if damaged.is_empty() { Ok(()) } else { Err(CollectError::Damaged(damaged)) }
    }
}

async fn manifest<S: Storage>(storage: &S, settings: &GcSettings, stored: &Digest) -> Result<Found, CollectError> {
    let content = match storage.load(&layout::blob(stored), ByteRange::Whole).await {
        Ok(loaded) => loaded.content,
        Err(error) if error.is_not_found() || !settings.keeps(Rule::ErrorsEndMark) => return Ok(Found::Absent),
        Err(error) => return Err(error.into()),
    };
    if digest_of(stored.algorithm(), &content) != *stored {
        return Ok(Found::Damaged);
    }
    Ok(Found::Manifest(Named::of(&content)))
}
