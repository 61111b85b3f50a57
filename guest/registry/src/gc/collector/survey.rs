//! A mark: what the repositories hold and name.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CollectError;
use super::item::Item;
use super::references::references;
use crate::digest::Digest;
use crate::gc::facts::Kind;
use crate::gc::list::DigestList;
use crate::gc::rule::Rule;
use crate::gc::settings::GcSettings;
use crate::layout;
use crate::ports::{ByteRange, Depth, Entry, ListRequest, OssTime, Page, Storage, StorageError};

/// How many manifests are read at once.
const AT_ONCE: usize = 16;

/// Manifests that were read, with what they name. A manifest never changes, so that one reading serves both marks.
pub(super) type Manifests = BTreeMap<Digest, BTreeSet<Digest>>;

/// What a mark found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The digests of revisions, and all that their manifests name.
    pub referenced: BTreeSet<Digest>,
    /// Every digest that has layer links, with the youngest one's `Last-Modified`. (One that has revisions is referenced.)
    pub links: BTreeMap<Digest, OssTime>,
    /// The paths of the links, of what `only` lists.
    pub paths: BTreeMap<Digest, Vec<String>>,
    /// Every digest that has a blob, with its size.
    pub blobs: BTreeMap<Digest, u64>,
    /// Revisions without their manifest's blob.
    pub without_blob: Vec<String>,
    /// Digests of distribution's that are stored under another one.
    stored: BTreeMap<Digest, Digest>,
    revisions: BTreeMap<Digest, String>,
}

/// How to mark.
pub(super) struct Mark<'a, S> {
    pub storage: &'a S,
    pub settings: &'a GcSettings,
    /// Keeps the paths of the links of these digests: the second mark's.
    pub only: Option<&'a DigestList>,
}

impl<S: Storage> Mark<'_, S> {
    /// Lists the links and revisions of all repositories and reads the manifests. 1 request for each 1000 files in
    /// repositories, and 1 for each manifest that was not read before.
    pub(super) async fn repositories(&self, manifests: &mut Manifests) -> Result<Survey, CollectError> {
        let mut survey = Survey::default();
        let mut next = Some(String::new());
        while let Some(after) = next {
            let page = self.page(&layout::repositories(), &after).await?;
            for entry in page.entries {
                self.link(&mut survey, entry).await?;
            }
            next = page.next;
        }
        if self.only.is_none() || self.settings.keeps(Rule::SecondMarkReadsManifests) {
            self.read(&mut survey, manifests).await?;
        }
        Ok(survey)
    }

    /// Lists the blobs. 1 request for each 1000.
    pub(super) async fn blobs(&self, survey: &mut Survey) -> Result<(), CollectError> {
        let mut next = Some(String::new());
        while let Some(after) = next {
            let page = self.page(&layout::blobs(), &after).await?;
            for entry in page.entries {
                if let (Item::Blob(digest), Some((size, _))) = (Item::parse(&entry.path), entry.file) {
                    survey.blobs.insert(digest, size);
                }
            }
            next = page.next;
        }
        Ok(())
    }

    async fn link(&self, survey: &mut Survey, entry: Entry) -> Result<(), CollectError> {
        let (Item::Link { kind, digest, .. }, Some((size, modified))) = (Item::parse(&entry.path), entry.file) else {
            return Ok(());
        };
        let mut linked = vec![digest.clone()];
        if size != digest.to_string().len() as u64 {
            // A link to a digest of another algorithm, as distribution makes them: both are kept by what keeps the one.
            let stored = self.target(&entry.path).await?;
            survey.stored.insert(digest.clone(), stored.clone());
            linked.push(stored);
        }
        if kind == Kind::Manifest {
            survey.revisions.insert(digest.clone(), entry.path.clone());
            return Ok(());
        }
        for digest in &linked {
            let youngest = survey.links.entry(digest.clone()).or_insert(modified);
            *youngest = modified.max(*youngest);
        }
        if self.only.is_some_and(|only| only.contains(&digest)) {
            survey.paths.entry(digest).or_default().push(entry.path);
        }
        Ok(())
    }

    async fn target(&self, path: &str) -> Result<Digest, CollectError> {
        let content = match self.storage.load(path, ByteRange::Whole).await {
            Ok(loaded) => loaded.content,
            Err(error) => return Err(error.into()),
        };
        let digest = std::str::from_utf8(&content).ok().and_then(Digest::parse);
        digest.ok_or_else(|| CollectError::Link(path.to_owned()))
    }

    /// Reads the manifests of the revisions. Only that a manifest's blob is not there means that it names nothing; any other
    /// error ends the collection.
    async fn read(&self, survey: &mut Survey, manifests: &mut Manifests) -> Result<(), CollectError> {
        let revisions = std::mem::take(&mut survey.revisions);
        let known = &*manifests;
        let read: Vec<(Digest, BTreeSet<Digest>)> = stream::iter(&revisions)
            .filter(|(digest, _)| std::future::ready(!known.contains_key(*digest)))
            .map(async |(digest, _)| {
                let stored = survey.stored.get(digest).unwrap_or(digest);
                let found = self.manifest(stored).await.transpose()?;
                Some(found.map(|found| (digest.clone(), found)))
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .try_collect()
            .await?;
        manifests.extend(read);
        for (digest, path) in revisions {
            match manifests.get(&digest) {
                Some(found) => survey.referenced.extend(found.iter().cloned()),
                None => survey.without_blob.push(path),
            }
            survey.referenced.insert(digest);
        }
        let aliased: Vec<Digest> = survey
            .stored
            .iter()
            .filter(|(digest, _)| survey.referenced.contains(*digest))
            .map(|(_, stored)| stored.clone())
            .collect();
        survey.referenced.extend(aliased);
        Ok(())
    }

    async fn manifest(&self, digest: &Digest) -> Result<Option<BTreeSet<Digest>>, CollectError> {
        let path = layout::blob(digest);
        let content = match self.storage.load(&path, ByteRange::Whole).await {
            Ok(loaded) => loaded.content,
            Err(error) if error.is_not_found() || !self.settings.keeps(Rule::ErrorsEndMark) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match references(&content) {
            Ok(found) => Ok(Some(found)),
            Err(error) => Err(CollectError::Manifest { digest: digest.clone(), reason: error.to_string() }),
        }
    }

    /// A page of everything below a directory, after a path.
    async fn page(&self, directory: &str, after: &str) -> Result<Page, StorageError> {
        let start_after = Some(after).filter(|after| !after.is_empty());
        match self.storage.list(ListRequest { directory, depth: Depth::All, start_after, limit: 1000 }).await {
            Err(_) if !self.settings.keeps(Rule::ErrorsEndMark) => {
                Ok(Page { entries: Vec::new(), next: None, date: OssTime(0) })
            }
            page => page,
        }
    }
}
