//! The survey of all repositories that a mark makes: which digests are referenced, and which links and blobs there are.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use super::manifests::Manifests;
use crate::digest::Digest;
use crate::gc::collector::CollectError;
use crate::gc::facts::Kind;
use crate::gc::list::DigestList;
use crate::gc::rule::Rule;
use crate::gc::settings::GcSettings;
use crate::layout;
use crate::links::load_file;
use crate::pages::Pages;
use crate::ports::{Entry, OssTime, Page, Storage, StorageError};

/// What a mark found.
#[derive(Debug, Default)]
pub(in crate::gc) struct Survey {
    /// The digests of revisions, and all that their manifests name.
    pub referenced: BTreeSet<Digest>,
    /// Every digest that has layer links, with the youngest one's `Last-Modified`. (One that has revisions is referenced.)
    pub links: BTreeMap<Digest, OssTime>,
    /// The paths of the links, of what [`Extent::Again`] lists.
    pub paths: BTreeMap<Digest, Vec<String>>,
    /// Every digest that has a blob, with its size.
    pub blobs: BTreeMap<Digest, u64>,
    /// Revisions without their manifest's blob.
    pub without_blob: Vec<String>,
    /// Revisions whose manifest is not a JSON object.
    pub unreadable: Vec<String>,
    /// What hangs together by tags, with [`Extent::Tags`].
    pub tagged: BTreeMap<String, TaggedRepository>,
    /// Digests of distribution's that are stored under another one.
    stored: BTreeMap<Digest, Digest>,
    revisions: BTreeMap<Digest, String>,
}

/// What a repository holds of tags and manifests.
#[derive(Debug, Default)]
pub(in crate::gc) struct TaggedRepository {
    pub revisions: BTreeSet<Digest>,
    /// The paths of its tags' links.
    pub tags: Vec<String>,
    /// All files that are a manifest's own: its revision link, its entries in the histories of tags, its entry as a referrer.
    pub files: BTreeMap<Digest, Vec<String>>,
}

/// What a mark keeps of what it lists.
#[derive(Clone, Copy)]
pub(in crate::gc) enum Extent<'a> {
    /// What is referenced and linked.
    First,
    /// The same once more, with the paths of the links of these digests: the second mark.
    Again(&'a DigestList),
    /// What is referenced, and the tags.
    Tags,
}

/// How to mark.
pub(in crate::gc) struct Mark<'a, S> {
    pub storage: &'a S,
    pub settings: &'a GcSettings,
    pub extent: Extent<'a>,
}

impl<S: Storage> Mark<'_, S> {
    /// Lists the links and revisions of all repositories and reads the manifests. 1 request for each 1000 files in
    /// repositories, and 1 for each manifest that was not read before.
    pub async fn repositories(&self, manifests: &mut Manifests) -> Result<Survey, CollectError> {
        let mut survey = Survey::default();
        let mut pages = Pages::below(self.storage, layout::repositories());
        while let Some(page) = self.next(&mut pages).await? {
            for entry in page.entries {
                self.entry(&mut survey, entry).await?;
            }
        }
        if !matches!(self.extent, Extent::Again(_)) || self.settings.keeps(Rule::SecondMarkReadsManifests) {
            self.read(&mut survey, manifests).await?;
        }
        Ok(survey)
    }

    /// Lists the blobs. 1 request for each 1000.
    pub async fn blobs(&self, survey: &mut Survey) -> Result<(), CollectError> {
        let mut pages = Pages::below(self.storage, layout::blobs());
        while let Some(page) = self.next(&mut pages).await? {
            for entry in page.entries {
                if let (Item::Blob(digest), Some((size, _))) = (Item::parse(&entry.path), entry.file) {
                    survey.blobs.insert(digest, size);
                }
            }
        }
        Ok(())
    }

    async fn next(&self, pages: &mut Pages<'_, S>) -> Result<Option<Page>, StorageError> {
        match pages.next().await {
            Err(_) if !self.settings.keeps(Rule::ErrorsEndMark) => Ok(None),
            page => page,
        }
    }

    async fn entry(&self, survey: &mut Survey, entry: Entry) -> Result<(), CollectError> {
        let item = Item::parse(&entry.path);
        if let Extent::Tags = self.extent {
            survey.tag(&item, &entry.path);
        }
        let (Item::Link { kind, digest, .. }, Some((size, modified))) = (item, entry.file) else { return Ok(()) };
        let mut linked = vec![digest.clone()];
        if size != digest.to_string().len() as u64 {
            // A link to a digest of another algorithm, as distribution makes them: both are kept by what keeps the one.
            let stored = target(self.storage, &entry.path).await?;
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
        if matches!(self.extent, Extent::Again(list) if list.contains(&digest)) {
            survey.paths.entry(digest).or_default().push(entry.path);
        }
        Ok(())
    }

    /// Reads the manifests of the revisions.
    async fn read(&self, survey: &mut Survey, manifests: &mut Manifests) -> Result<(), CollectError> {
        let revisions = std::mem::take(&mut survey.revisions);
        let wanted = revisions.keys().map(|digest| {
            let stored = survey.stored.get(digest).unwrap_or(digest);
            (digest.clone(), stored.clone())
        });
        manifests.read(self.storage, self.settings, wanted).await?;
        for (digest, path) in revisions {
            match manifests.get(&digest) {
                Some(named) => {
                    survey.referenced.extend(named.digests.iter().cloned());
                    if !named.is_readable {
                        survey.unreadable.push(path);
                    }
                }
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
}

impl Survey {
    fn tag(&mut self, item: &Item<'_>, path: &str) {
        let (Item::Tag { repository, .. }
        | Item::Link { kind: Kind::Manifest, repository, .. }
        | Item::TagIndex { repository, .. }
        | Item::Referrer { repository, .. }) = item
        else {
            return;
        };
        let of = self.tagged.entry((*repository).to_owned()).or_default();
        match item {
            Item::Tag { .. } => of.tags.push(path.to_owned()),
            Item::Link { digest, .. } | Item::TagIndex { digest, .. } | Item::Referrer { digest, .. } => {
                if matches!(item, Item::Link { .. }) {
                    of.revisions.insert(digest.clone());
                }
                of.files.entry(digest.clone()).or_default().push(path.to_owned());
            }
            Item::Blob(_) | Item::Upload(_) | Item::Other => {}
        }
    }
}

/// The digest that a link holds. Distribution refuses one with a line's end, but its content is as clear.
async fn target<S: Storage>(storage: &S, path: &str) -> Result<Digest, CollectError> {
    let content = load_file(storage, path).await?.map(|loaded| loaded.content).unwrap_or_default();
    let digest = std::str::from_utf8(&content).ok().and_then(|text| Digest::parse(text.trim_end()));
    digest.ok_or_else(|| CollectError::Link(path.to_owned()))
}
