//! Surveys all repositories for a mark: which digests are referenced, and which links and blobs exist.

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

/// The result of a mark.
#[derive(Debug, Default)]
pub(in crate::gc) struct Survey {
    /// The digests of revisions, and everything that their manifests name.
    pub referenced: BTreeSet<Digest>,
    /// Every digest that has layer links, with the `Last-Modified` of its youngest one. (A digest that has a revision
    /// link is referenced anyway.)
    pub links: BTreeMap<Digest, OssTime>,
    /// The paths of the layer links of the digests in [`MarkScope::Second`].
    pub paths: BTreeMap<Digest, Vec<String>>,
    /// Every digest that has a blob, with its size.
    pub blobs: BTreeMap<Digest, u64>,
    /// Paths of revision links whose manifest's blob does not exist.
    pub without_blob: Vec<String>,
    /// Paths of revision links whose manifest is not a JSON object.
    pub unreadable: Vec<String>,
    /// The manifests and tags of each repository, with [`MarkScope::Tags`].
    pub tagged: BTreeMap<String, TaggedRepository>,
    /// Digests of links made by distribution, with the digest by which the content is stored.
    aliases: BTreeMap<Digest, Digest>,
    revisions: BTreeMap<Digest, String>,
}

/// The tags and manifests of a repository.
#[derive(Debug, Default)]
pub(in crate::gc) struct TaggedRepository {
    pub revisions: BTreeSet<Digest>,
    /// The paths of the links of its tags.
    pub tags: Vec<String>,
    /// All files that belong to one manifest: its revision link, its entries in the histories of tags, and its entry as
    /// a referrer.
    pub files: BTreeMap<Digest, Vec<String>>,
}

/// What a mark collects.
#[derive(Clone, Copy)]
pub(in crate::gc) enum MarkScope<'a> {
    /// Which digests are referenced and linked: the first mark.
    First,
    /// The same again, with the paths of the links of these digests: the second mark.
    Second(&'a DigestList),
    /// Which digests are referenced, and the tags.
    Tags,
}

/// The parameters of a mark.
pub(in crate::gc) struct Mark<'a, S> {
    pub storage: &'a S,
    pub settings: &'a GcSettings,
    pub scope: MarkScope<'a>,
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
        if !matches!(self.scope, MarkScope::Second(_)) || self.settings.keeps(Rule::SecondMarkReadsManifests) {
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
        if let MarkScope::Tags = self.scope {
            survey.tag(&item, &entry.path);
        }
        let (Item::Link { kind, digest, .. }, Some((size, modified))) = (item, entry.file) else { return Ok(()) };
        let mut linked = vec![digest.clone()];
        if size != digest.to_string().len() as u64 {
            // Distribution makes such a link to a digest of another algorithm. Whatever keeps one of the two digests
            // must keep both.
            let Some(stored) = target(self.storage, &entry.path).await? else { return Ok(()) };
            survey.aliases.insert(digest.clone(), stored.clone());
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
        if matches!(self.scope, MarkScope::Second(list) if list.contains(&digest)) {
            survey.paths.entry(digest).or_default().push(entry.path);
        }
        Ok(())
    }

    /// Reads the manifests of the revisions.
    async fn read(&self, survey: &mut Survey, manifests: &mut Manifests) -> Result<(), CollectError> {
        let revisions = std::mem::take(&mut survey.revisions);
        let wanted = revisions.keys().map(|digest| {
            let stored = survey.aliases.get(digest).unwrap_or(digest);
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
            .aliases
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
        let tagged = self.tagged.entry((*repository).to_owned()).or_default();
        match item {
            Item::Tag { .. } => tagged.tags.push(path.to_owned()),
            Item::Link { digest, .. } | Item::TagIndex { digest, .. } | Item::Referrer { digest, .. } => {
                if matches!(item, Item::Link { .. }) {
                    tagged.revisions.insert(digest.clone());
                }
                tagged.files.entry(digest.clone()).or_default().push(path.to_owned());
            }
            Item::Blob(_) | Item::Upload(_) | Item::Other => {}
        }
    }
}

/// The digest in a link. Distribution rejects one that is followed by a newline, but what it names is clear. `None` if
/// the link was deleted after it was listed: then it names nothing, as if it had been deleted before.
async fn target<S: Storage>(storage: &S, path: &str) -> Result<Option<Digest>, CollectError> {
    let Some(loaded) = load_file(storage, path).await? else { return Ok(None) };
    let digest = std::str::from_utf8(&loaded.content).ok().and_then(|text| Digest::parse(text.trim_end()));
    digest.map(Some).ok_or_else(|| CollectError::Link(path.to_owned()))
}
