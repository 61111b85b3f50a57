//! Checks the repositories: links, tags and the references of manifests.
//!
//! A listing contains all files of a repository one after the other, in this order: layer links, revision links, tags,
//! referrers, uploads.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::table::Table;
use super::{Check, Finding, LinkProblem};
use crate::digest::Digest;
use crate::gc::{Item, Kind};
use crate::hash::digest_of;
use crate::layout;
use crate::links::{found, link_path, load_file};
use crate::manifests::{MediaType, NamedContent, Stored};
use crate::name::RepositoryName;
use crate::pages::Pages;
use crate::ports::{Entry, OssTime, Storage, StorageError};

/// How many manifests and tags are read concurrently: enough to hide the latency, and few enough for the permits of a
/// tenant.
const AT_ONCE: usize = 8;

/// How many tags are collected before they are checked, which bounds the memory for a repository with many tags.
const TAG_BATCH: usize = 1000;

/// What the check knows about a repository.
#[derive(Default)]
struct Repository {
    name: String,
    layers: Table<()>,
    revisions: Table<()>,
    /// The digests of the manifests, each with the one by which its blob is stored.
    manifests: Vec<(Digest, Digest)>,
    /// Digests whose content is stored under another digest.
    aliases: BTreeMap<Digest, Digest>,
    /// Tags that were not checked yet.
    tags: Vec<String>,
    last_tag: String,
    /// The folder of the upload that was listed last, and when a file in it was last written.
    upload: Option<(String, OssTime)>,
}

impl<S: Storage, F: FnMut(Finding)> Check<'_, S, F> {
    /// Lists the repositories and checks each.
    pub(super) async fn repositories(&mut self) -> Result<(), StorageError> {
        let mut repository = Repository::default();
        let mut pages = Pages::below(self.storage, layout::repositories());
        let mut date = OssTime(0);
        while let Some(page) = pages.next().await? {
            date = page.date;
            for entry in page.entries {
                let name = match repository_of(pages.directory(), &entry.path) {
                    Some(name) if RepositoryName::parse(name).is_some() => name,
                    _ => {
                        self.found(Finding::StrayFile { path: entry.path });
                        continue;
                    }
                };
                if name != repository.name {
                    let next = Repository { name: name.to_owned(), ..Repository::default() };
                    let before = std::mem::replace(&mut repository, next);
                    self.finish(before, date).await?;
                }
                self.entry(&mut repository, entry, date).await?;
            }
        }
        self.finish(repository, date).await
    }

    async fn entry(&mut self, repository: &mut Repository, entry: Entry, date: OssTime) -> Result<(), StorageError> {
        let Some((size, modified)) = entry.file else { return Ok(()) };
        match Item::parse(&entry.path) {
            Item::Link { kind, digest, .. } => {
                let Some(stored) = self.link(&entry.path, size, &digest).await? else { return Ok(()) };
                if self.size(&stored).await?.is_none() {
                    self.found(Finding::DanglingLink { path: entry.path.clone(), digest: stored.clone() });
                }
                if stored != digest {
                    repository.aliases.insert(digest.clone(), stored.clone());
                }
                match kind {
                    Kind::Blob => {
                        self.report.layers += 1;
                        repository.layers.insert(&digest, ());
                    }
                    Kind::Manifest => {
                        self.report.manifests += 1;
                        repository.revisions.insert(&digest, ());
                        repository.manifests.push((digest, stored));
                    }
                }
            }
            Item::Tag { tag, .. } => {
                self.report.tags += 1;
                repository.last_tag = tag.to_owned();
                repository.tags.push(tag.to_owned());
                if repository.tags.len() >= TAG_BATCH {
                    self.tags(repository).await?;
                }
            }
            Item::TagIndex { tag, .. } if tag != repository.last_tag => {
                repository.last_tag = tag.to_owned();
                // A listing contains the link before the history, so the link is missing, unless it was written since.
                let link = format!("{}/_manifests/tags/{tag}/current/link", repository_folder(&repository.name));
                if found(self.storage.stat(&link).await)?.is_none() {
                    self.found(Finding::TagWithoutLink { repository: repository.name.clone(), tag: tag.to_owned() });
                }
            }
            Item::TagIndex { .. } => {}
            Item::Referrer { digest, .. } => {
                let is_listed = repository.revisions.get(&digest).is_some();
                if !is_listed && !self.is_linked(Kind::Manifest, &repository.name, &digest).await? {
                    self.found(Finding::DanglingReferrer { path: entry.path.clone(), digest });
                }
            }
            Item::Upload(folder) => match &mut repository.upload {
                Some((last, youngest)) if last == folder => *youngest = modified.max(*youngest),
                _ => {
                    self.upload(repository.upload.take(), date);
                    repository.upload = Some((folder.to_owned(), modified));
                }
            },
            Item::Blob(_) | Item::Other => self.found(Finding::StrayFile { path: entry.path.clone() }),
        }
        Ok(())
    }

    /// The digest by which linked content is stored: its own, unless the link's length says otherwise. `None` if that
    /// is unknown.
    async fn link(&mut self, path: &str, size: u64, digest: &Digest) -> Result<Option<Digest>, StorageError> {
        if size == digest.to_string().len() as u64 {
            return Ok(Some(digest.clone()));
        }
        // The link may have been deleted since it was listed.
        let Some(loaded) = load_file(self.storage, path).await? else { return Ok(None) };
        let stored = self.target(path, &loaded.content);
        match &stored {
            Some(stored) if stored == digest => {}
            Some(stored) if stored.algorithm() == digest.algorithm() => {
                let problem = LinkProblem::OtherDigest(stored.clone());
                self.found(Finding::BadLink { path: path.to_owned(), problem });
            }
            Some(stored) => {
                let (digest, stored) = (digest.clone(), stored.clone());
                self.found(Finding::Alias { path: path.to_owned(), digest, stored });
            }
            None => {}
        }
        Ok(stored)
    }

    /// The digest in a link, even if other text follows it.
    fn target(&mut self, path: &str, content: &[u8]) -> Option<Digest> {
        let text = std::str::from_utf8(content).unwrap_or_default();
        let target = Digest::parse(text.trim_end());
        let problem = match &target {
            None => LinkProblem::NoDigest,
            Some(_) if text.trim_end() != text => LinkProblem::TrailingSpace,
            Some(_) => return target,
        };
        self.found(Finding::BadLink { path: path.to_owned(), problem });
        target
    }

    /// Whether content is linked in a repository although its link was not listed: it may have been written since.
    async fn is_linked(&self, kind: Kind, repository: &str, digest: &Digest) -> Result<bool, StorageError> {
        let Some(name) = RepositoryName::parse(repository) else { return Ok(false) };
        Ok(found(self.storage.stat(&link_path(kind, &name, digest)).await)?.is_some())
    }

    /// Checks the listed tags.
    async fn tags(&mut self, repository: &mut Repository) -> Result<(), StorageError> {
        let (storage, folder) = (self.storage, format!("{}/_manifests/tags", repository_folder(&repository.name)));
        let folder = &folder;
        let mut read = stream::iter(std::mem::take(&mut repository.tags))
            .map(|tag| async move {
                let path = format!("{folder}/{tag}/current/link");
                let loaded = load_file(storage, &path).await?;
                Ok::<_, StorageError>((tag, path, loaded))
            })
            .buffered(AT_ONCE);
        while let Some((tag, path, loaded)) = read.try_next().await? {
            // If there is no target, the link was deleted since it was listed, or is not a digest, which `target` has
            // reported.
            let target = loaded.and_then(|loaded| self.target(&path, &loaded.content));
            let Some(digest) = target else { continue };
            let is_listed = repository.revisions.get(&digest).is_some();
            if !is_listed && !self.is_linked(Kind::Manifest, &repository.name, &digest).await? {
                self.found(Finding::DanglingTag { repository: repository.name.clone(), tag, digest });
            }
        }
        Ok(())
    }

    /// Checks a repository after all of it was listed.
    async fn finish(&mut self, mut repository: Repository, date: OssTime) -> Result<(), StorageError> {
        self.tags(&mut repository).await?;
        self.upload(repository.upload.take(), date);
        let has_manifests = !repository.revisions.is_empty();
        if has_manifests || !repository.layers.is_empty() {
            self.report.repositories += 1;
        }
        if has_manifests && repository.layers.is_empty() {
            self.found(Finding::NoLayers { repository: repository.name.clone() });
        }
        let storage = self.storage;
        let mut read = stream::iter(std::mem::take(&mut repository.manifests))
            .map(|(digest, stored)| async move {
                let loaded = load_file(storage, &layout::blob(&stored)).await?;
                Ok::<_, StorageError>((digest, stored, loaded))
            })
            .buffered(AT_ONCE);
        while let Some((digest, stored, loaded)) = read.try_next().await? {
            // If the blob is missing, the dangling link was reported.
            if let Some(loaded) = loaded {
                self.manifest(&repository, &digest, &stored, &loaded.content).await?;
            }
        }
        Ok(())
    }

    async fn manifest(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        stored: &Digest,
        content: &[u8],
    ) -> Result<(), StorageError> {
        let computed = digest_of(stored.algorithm(), content);
        if computed != *stored {
            // With hashes, this is reported like for any blob.
            if !self.options.hashes {
                self.found(Finding::WrongContent { digest: stored.clone(), computed });
            }
            return Ok(());
        }
        let (name, manifest) = (repository.name.clone(), Stored::read(content));
        match manifest.kind() {
            MediaType::None if !manifest.is_object() => {
                self.found(Finding::NotAManifest { repository: name.clone(), digest: digest.clone() });
            }
            MediaType::None | MediaType::Unknown => {
                let media_type = manifest.media_type().to_owned();
                self.found(Finding::UnknownMediaType { repository: name.clone(), digest: digest.clone(), media_type });
            }
            MediaType::Schema1 => {
                self.found(Finding::Schema1 { repository: name.clone(), digest: digest.clone() });
            }
            MediaType::Known => {}
        }
        for NamedContent { kind, digest: text, size } in manifest.named() {
            let (name, manifest) = (name.clone(), digest.clone());
            let Some(named) = Digest::parse(&text) else {
                self.found(Finding::BadReference { repository: name, manifest, text });
                continue;
            };
            let table = if kind == Kind::Blob { &repository.layers } else { &repository.revisions };
            let is_linked = table.get(&named).is_some() || self.is_linked(kind, &name, &named).await?;
            let stored = repository.aliases.get(&named).unwrap_or(&named);
            match (self.size(stored).await?, size) {
                (None, _) => self.found(Finding::MissingBlob { repository: name, manifest, digest: named }),
                _ if !is_linked => {
                    self.found(Finding::MissingLink { repository: name, manifest, digest: named, kind });
                }
                (Some(stored), Some(stated)) if stored != stated => {
                    self.found(Finding::WrongSize { repository: name, manifest, digest: named, stated, stored });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn upload(&mut self, upload: Option<(String, OssTime)>, now: OssTime) {
        if let Some((folder, modified)) = upload.filter(|(_, modified)| self.is_abandoned(*modified, now)) {
            self.found(Finding::LeftUpload { folder, modified });
        }
    }
}

/// The repository of a file: the part of its path before the first component that begins with an underscore.
fn repository_of<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    Some(path.strip_prefix(directory)?.strip_prefix('/')?.split_once("/_")?.0)
}

fn repository_folder(name: &str) -> String {
    format!("{}/{name}", layout::repositories())
}
