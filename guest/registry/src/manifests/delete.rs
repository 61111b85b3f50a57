//! Deletion of manifests and tags. The content is left to the garbage collection.
//!
//! Each deletion is signed to end a minute after the response that it depends on: an attempt that arrives later could
//! remove content that was pushed again.

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;

use super::Stored;
use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::Failure;
use crate::gc::Kind;
use crate::layout;
use crate::links::{link_path, window_after};
use crate::name::{RepositoryName, Tag};
use crate::pages::Pages;
use crate::ports::{OssTime, Ports, Window};
use crate::reference::Reference;
use crate::registry::{Answer, Registry, response};

/// How many tags are read concurrently: enough to hide the latency, and few enough for the permits of a tenant.
const AT_ONCE: usize = 8;

/// A tag that has or had a manifest, as it was listed.
struct TagFiles {
    tag: Tag,
    paths: Vec<String>,
    /// When it was last set to the manifest.
    set: OssTime,
    /// The `Date` of the listing.
    listed: OssTime,
}

/// Which of the tags that name a manifest to delete.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those that name it although its revision does not exist.
    Dangling,
}

impl<P: Ports> Registry<P> {
    /// `DELETE` of a manifest or a tag.
    pub(crate) async fn delete_manifest(
        &self,
        name: &RepositoryName,
        reference: &Reference,
    ) -> Result<Answer<P>, Failure> {
        self.delete_reference(name, reference).await?;
        let target = match reference {
            Reference::Tag(tag) => EventTarget::Tag(tag.clone()),
            Reference::Digest(digest) => EventTarget::Manifest { digest: digest.clone(), document: None, tags: vec![] },
        };
        let mut response = response(StatusCode::ACCEPTED, ResponseBody::empty());
        Event { action: EventAction::Delete, repository: name.clone(), target }.attach(&mut response);
        Ok(response)
    }

    /// Deletes a tag, or a manifest with its tags.
    pub(crate) async fn delete_reference(&self, name: &RepositoryName, reference: &Reference) -> Result<(), Failure> {
        match reference {
            Reference::Tag(tag) => self.delete_tag(name, tag).await,
            Reference::Digest(digest) => self.delete_revision(name, digest).await,
        }
    }

    /// Deletes a tag and leaves the manifest. 1 request to list and 1 to delete for each 1000 manifests that it ever had,
    /// and 1 to delete its link.
    async fn delete_tag(&self, name: &RepositoryName, tag: &Tag) -> Result<(), Failure> {
        let _guard = self.reference_mutexes().lock(name, Reference::Tag(tag.clone())).await;
        let (mut paths, mut listed) = (Vec::new(), OssTime(0));
        let mut pages = Pages::below(self.storage(), layout::tag(name, tag));
        while let Some(page) = pages.next().await? {
            listed = page.date;
            paths.extend(page.entries.into_iter().map(|entry| entry.path));
        }
        if paths.is_empty() {
            return Err(Failure::manifest_unknown(tag));
        }
        self.delete_tag_files(&layout::tag_current(name, tag), paths, window_after(listed)).await
    }

    /// Deletes the link of a tag, and then its history. If this is interrupted in between, the rest of the tag names
    /// nothing, and the next deletion finds it by its history.
    async fn delete_tag_files(&self, current: &str, mut paths: Vec<String>, window: Window) -> Result<(), Failure> {
        paths.retain(|path| path != current);
        self.delete_within(&[current.to_owned()], window).await?;
        Ok(self.delete_within(&paths, window).await?)
    }

    /// Deletes a manifest and the tags that name it: the tags first, so that none ever names what is not there. Requests: 4 for
    /// the manifest, 1 where it has a subject, 2 for each 1000 files of tags, 1 for each tag that names or named it, and 2 for
    /// each that is deleted.
    async fn delete_revision(&self, name: &RepositoryName, digest: &Digest) -> Result<(), Failure> {
        let _guard = self.reference_mutexes().lock(name, Reference::Digest(digest.clone())).await;
        self.epochs().forget(Kind::Manifest, name, digest);
        let link = link_path(Kind::Manifest, name, digest);
        let read = self.read_link(&link).await?.ok_or_else(|| Failure::manifest_unknown(digest))?;
        let content = self.load_file(&layout::blob(&read.target)).await?;
        // A manifest that can't be read, or does not exist, has no known subject.
        let subject = content.and_then(|loaded| Stored::read(&loaded.content).subject());
        self.delete_tags_of(name, digest, Which::All).await?;
        // Read again: the windows of the deletions begin with it, and the walk over the tags may have taken long.
        if let Some(read) = self.read_link(&link).await? {
            if let Some(subject) = subject {
                let referrer = layout::referrer_link(name, &subject, digest);
                self.delete_within(&[referrer], window_after(read.date)).await?;
            }
            self.delete_within(&[link], window_after(read.date)).await?;
        }
        self.epochs().forget(Kind::Manifest, name, digest);
        // Another process that pushed the manifest before may have set a tag since the first walk.
        self.delete_tags_of(name, digest, Which::Dangling).await
    }

    /// Deletes tags that name a manifest, each with its history.
    async fn delete_tags_of(&self, name: &RepositoryName, digest: &Digest, which: Which) -> Result<(), Failure> {
        let tags = self.tags_that_had(name, digest).await?;
        let delete = |tag| self.delete_tag_of(name, digest, tag, which);
        stream::iter(tags).map(Ok).try_for_each_concurrent(AT_ONCE, delete).await
    }

    async fn delete_tag_of(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        files: TagFiles,
        which: Which,
    ) -> Result<(), Failure> {
        let _guard = self.reference_mutexes().lock(name, Reference::Tag(files.tag.clone())).await;
        let current = layout::tag_current(name, &files.tag);
        let window = match self.read_link(&current).await? {
            Some(link) if link.target == *digest => window_after(link.date),
            // If the tag names another manifest by now, its history is kept, as in distribution.
            Some(_) => return Ok(()),
            // A push will set the tag in a moment. An older history was left by an interrupted deletion.
            None if window_after(files.set).end >= files.listed => return Ok(()),
            None => window_after(files.listed),
        };
        // Check this after the tag, which a push sets after the revision: a tag that was pushed again is kept.
        if which == Which::Dangling && self.read_link(&link_path(Kind::Manifest, name, digest)).await?.is_some() {
            return Ok(());
        }
        self.delete_tag_files(&current, files.paths, window).await
    }

    /// The tags that name a manifest or once named it, with all of their files. 1 request for each 1000 files of tags.
    async fn tags_that_had(&self, name: &RepositoryName, digest: &Digest) -> Result<Vec<TagFiles>, Failure> {
        let mut found = Vec::new();
        let mut pages = Pages::below(self.storage(), layout::tags(name));
        // The tag whose files are being listed: they come one after the other.
        let mut tag = String::new();
        let (mut paths, mut set, mut listed) = (Vec::new(), None, OssTime(0));
        let mut finish = |tag: &str, paths: Vec<String>, set: Option<OssTime>, listed| {
            if let (Some(tag), Some(set)) = (Tag::parse(tag), set) {
                found.push(TagFiles { tag, paths, set, listed });
            }
        };
        while let Some(page) = pages.next().await? {
            listed = page.date;
            for entry in page.entries {
                let below = entry.path.strip_prefix(pages.directory()).and_then(|rest| rest.strip_prefix('/'));
                let Some((of, file)) = below.and_then(|below| below.split_once('/')) else { continue };
                if of != tag {
                    finish(&tag, std::mem::take(&mut paths), set.take(), listed);
                    tag = of.to_owned();
                }
                let is_of_digest = file == layout::tag_index_file(digest);
                set = entry.file.filter(|_| is_of_digest).map(|(_, modified)| modified).or(set);
                paths.push(entry.path);
            }
        }
        finish(&tag, paths, set, listed);
        Ok(found)
    }
}
