//! Deletes manifests that no tag leads to, so that the next collection deletes their blobs.
//!
//! This is possible only in a read-only registry: a manifest that is tagged during the deletion could be deleted. For
//! concurrent pushes, rules were never checked as those of the collection were.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::collector::{CollectError, LeftFile};
use super::log::read_end;
use super::mark::{Manifests, Mark, MarkScope, TaggedRepository};
use super::settings::GcSettings;
use crate::digest::Digest;
use crate::links::{read_link, window_after};
use crate::ports::{Storage, StorageErrorKind};

/// How many tags are read concurrently: enough to hide the latency.
const AT_ONCE: usize = 16;

/// How many files one request deletes: OSS's limit.
const BATCH: usize = 1000;

/// The deleted manifests, or those that would be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UntaggedReport {
    /// The manifests, by repository.
    pub manifests: Vec<(String, Digest)>,
    /// Untagged manifests that are not JSON objects, by repository. They are kept, because it is unknown whether they
    /// refer to a manifest that is kept; a deletion by digest removes one.
    pub unreadable: Vec<(String, Digest)>,
    /// Files of the manifests that OSS did not delete.
    pub left: Vec<LeftFile>,
}

/// Deletes the manifests that no tag leads to, neither directly, nor as part of an index, nor as a referrer of a
/// manifest that is kept; or only reports them. 1 request for each 1000 files in repositories, for each tag and for
/// each manifest, and 2 for each 1000 files to delete.
///
/// # Errors
/// If something can't be read: otherwise a manifest that it names could be deleted.
pub(crate) async fn delete_untagged<S: Storage>(
    storage: &S,
    settings: &GcSettings,
    dry_run: bool,
) -> Result<UntaggedReport, CollectError> {
    let mut report = UntaggedReport::default();
    let mut files = Vec::new();
    let mut manifests = Manifests::default();
    let survey = Mark { storage, settings, scope: MarkScope::Tags }.repositories(&mut manifests).await?;
    for (name, mut repository) in survey.tagged {
        let kept = kept(storage, &repository, &manifests).await?;
        for digest in std::mem::take(&mut repository.revisions).difference(&kept) {
            if manifests.get(digest).is_some_and(|named| !named.is_readable) {
                report.unreadable.push((name.clone(), digest.clone()));
                continue;
            }
            files.extend(repository.files.remove(digest).into_iter().flatten());
            report.manifests.push((name.clone(), digest.clone()));
        }
    }
    for batch in files.chunks(BATCH).take_while(|_| !dry_run) {
        // The log is read only for the response's `Date`, from which the window of the deletion counts: another attempt
        // must not arrive when the registry accepts pushes again.
        let date = read_end(storage).await?.date;
        let left = storage.delete(batch, Some(window_after(date))).await?;
        report.left.extend(left.into_iter().map(|(path, error)| LeftFile { path, reason: error.to_string() }));
    }
    Ok(report)
}

/// The digests that a tag leads to.
async fn kept<S: Storage>(
    storage: &S,
    repository: &TaggedRepository,
    manifests: &Manifests,
) -> Result<BTreeSet<Digest>, CollectError> {
    let mut kept: BTreeSet<Digest> = stream::iter(repository.tags.iter().cloned())
        .map(|path| async move { tagged(storage, path).await })
        .buffer_unordered(AT_ONCE)
        .try_filter_map(|digest| std::future::ready(Ok(digest)))
        .try_collect()
        .await?;
    let named: Vec<_> =
        repository.revisions.iter().filter_map(|digest| Some((digest, manifests.get(digest)?))).collect();
    loop {
        let before = kept.len();
        for (digest, named) in &named {
            if named.subject.as_ref().is_some_and(|subject| kept.contains(subject)) {
                kept.insert((*digest).clone());
            }
            if kept.contains(*digest) {
                kept.extend(named.digests.iter().cloned());
            }
        }
        if kept.len() == before {
            return Ok(kept);
        }
    }
}

/// The digest in a tag's link; `None` if the link was deleted.
async fn tagged<S: Storage>(storage: &S, path: String) -> Result<Option<Digest>, CollectError> {
    match read_link(storage, &path).await {
        Ok(link) => Ok(link.map(|link| link.target)),
        Err(error) if error.kind == StorageErrorKind::Corrupt => Err(CollectError::Link(path)),
        Err(error) => Err(error.into()),
    }
}
