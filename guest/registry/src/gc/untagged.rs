//! Deletion of manifests that no tag leads to, for the next collection to take their blobs.
//!
//! Its rules against pushes were never checked as those of the collection were, so that it is for a read-only registry: a
//! manifest that is tagged meanwhile could be deleted.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::collector::{CollectError, Item, LeftFile};
use super::facts::Kind;
use crate::digest::Digest;
use crate::layout;
use crate::manifests::Document;
use crate::ports::{ByteRange, Depth, ListRequest, Storage, StorageError};

/// How many files are read at once.
const AT_ONCE: usize = 16;

/// What was deleted, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UntaggedReport {
    /// The manifests, by repository.
    pub manifests: Vec<(String, Digest)>,
    /// Files of these that OSS did not delete.
    pub left: Vec<LeftFile>,
}

/// What a repository holds of manifests.
#[derive(Debug, Default)]
struct Manifests {
    revisions: BTreeSet<Digest>,
    /// The paths of its tags' links.
    tags: Vec<String>,
    /// All files that are a manifest's own: its revision link, its entries in the histories of tags, its entry as a referrer.
    files: BTreeMap<Digest, Vec<String>>,
}

/// What a manifest leads to.
#[derive(Debug, Default)]
struct Names {
    all: BTreeSet<Digest>,
    subject: Option<Digest>,
}

/// Deletes the manifests that no tag leads to: neither by itself, nor as part of an index, nor as a referrer of what stays.
/// 1 request for each 1000 files in repositories, for each tag, for each manifest, and for each 1000 files to delete.
///
/// # Errors
/// When something can't be read: what it names could be deleted otherwise.
pub(crate) async fn delete_untagged<S: Storage>(storage: &S, dry_run: bool) -> Result<UntaggedReport, CollectError> {
    let mut report = UntaggedReport::default();
    let mut files = Vec::new();
    for (name, mut repository) in list(storage).await? {
        let kept = repository.kept(storage).await?;
        let untagged: Vec<Digest> = repository.revisions.difference(&kept).cloned().collect();
        files.extend(untagged.iter().filter_map(|digest| repository.files.remove(digest)).flatten());
        report.manifests.extend(untagged.into_iter().map(|digest| (name.clone(), digest)));
    }
    if !dry_run && !files.is_empty() {
        let failed = storage.delete(&files, None).await?;
        let left = failed.into_iter();
        report.left = left.map(|(path, error)| LeftFile { path, reason: error.to_string() }).collect();
    }
    Ok(report)
}

async fn list<S: Storage>(storage: &S) -> Result<BTreeMap<String, Manifests>, StorageError> {
    let mut repositories: BTreeMap<String, Manifests> = BTreeMap::new();
    let (directory, mut next) = (layout::repositories(), None::<String>);
    loop {
        let start_after = next.as_deref();
        let request = ListRequest { directory: &directory, depth: Depth::All, start_after, limit: 1000 };
        let page = storage.list(request).await?;
        for entry in page.entries {
            let (repository, digest) = match Item::parse(&entry.path) {
                Item::Tag { repository } => {
                    let repository = repository.to_owned();
                    repositories.entry(repository).or_default().tags.push(entry.path);
                    continue;
                }
                Item::Link { kind: Kind::Manifest, repository, digest } => {
                    let revisions = &mut repositories.entry(repository.to_owned()).or_default().revisions;
                    revisions.insert(digest.clone());
                    (repository, digest)
                }
                Item::TagIndex { repository, digest } | Item::Referrer { repository, digest } => (repository, digest),
                _ => continue,
            };
            let manifests = repositories.entry(repository.to_owned()).or_default();
            manifests.files.entry(digest).or_default().push(entry.path);
        }
        next = page.next;
        if next.is_none() {
            return Ok(repositories);
        }
    }
}

impl Manifests {
    /// The digests that a tag leads to.
    async fn kept<S: Storage>(&self, storage: &S) -> Result<BTreeSet<Digest>, CollectError> {
        let mut kept: BTreeSet<Digest> = stream::iter(&self.tags)
            .map(|path| tagged(storage, path))
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|digest| std::future::ready(Ok(digest)))
            .try_collect()
            .await?;
        let named: Vec<(&Digest, Names)> = stream::iter(&self.revisions)
            .map(async |digest| Ok::<_, CollectError>((digest, names(storage, digest).await?)))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        loop {
            let before = kept.len();
            for (digest, names) in &named {
                if names.subject.as_ref().is_some_and(|subject| kept.contains(subject)) {
                    kept.insert((*digest).clone());
                }
                if kept.contains(*digest) {
                    kept.extend(names.all.iter().cloned());
                }
            }
            if kept.len() == before {
                return Ok(kept);
            }
        }
    }
}

/// What a tag's link holds; `None` where it is gone.
async fn tagged<S: Storage>(storage: &S, path: &str) -> Result<Option<Digest>, CollectError> {
    let Some(content) = read(storage, path).await? else { return Ok(None) };
    let digest = std::str::from_utf8(&content).ok().and_then(Digest::parse);
    digest.map(Some).ok_or_else(|| CollectError::Link(path.to_owned()))
}

/// What a manifest names. One whose blob is not there names nothing.
async fn names<S: Storage>(storage: &S, digest: &Digest) -> Result<Names, CollectError> {
    let Some(content) = read(storage, &layout::blob(digest)).await? else { return Ok(Names::default()) };
    let unreadable = |reason: String| CollectError::Manifest { digest: digest.clone(), reason };
    let all = super::collector::references(&content).map_err(|error| unreadable(error.to_string()))?;
    let subject = Document::parse(&content).and_then(|document| document.subject());
    let first = |failure: crate::failure::Failure| failure.errors.into_iter().next().map(|error| error.message);
    let subject = subject.map_err(|failure| unreadable(first(failure).unwrap_or_default()))?;
    Ok(Names { all, subject })
}

async fn read<S: Storage>(storage: &S, path: &str) -> Result<Option<bytes::Bytes>, StorageError> {
    match storage.load(path, ByteRange::Whole).await {
        Ok(loaded) => Ok(Some(loaded.content)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
