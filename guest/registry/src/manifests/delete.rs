//! Deletion of manifests and tags. The content is left to the garbage collection.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;

use super::Document;
use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::Failure;
use crate::gc::Kind;
use crate::layout;
use crate::name::{RepositoryName, Tag};
use crate::ports::{Depth, ListRequest, Ports, Storage};
use crate::reference::Reference;
use crate::registry::{Answer, Registry, response};

/// How many tags are looked at at once: enough to hide the latency, and few enough for the permits of a tenant.
const AT_ONCE: usize = 8;

impl<P: Ports> Registry<P> {
    /// `DELETE` of a manifest or a tag.
    pub(crate) async fn delete_manifest(
        &self,
        name: &RepositoryName,
        reference: &Reference,
    ) -> Result<Answer<P>, Failure> {
        let target = match reference {
            Reference::Tag(tag) => {
                self.delete_tag(name, tag).await?;
                EventTarget::Tag(tag.clone())
            }
            Reference::Digest(digest) => {
                self.delete_revision(name, digest).await?;
                EventTarget::Manifest { digest: digest.clone(), document: None, tags: vec![] }
            }
        };
        let mut response = response(StatusCode::ACCEPTED, ResponseBody::empty());
        Event { action: EventAction::Delete, repository: name.clone(), target }.attach(&mut response);
        Ok(response)
    }

    /// Deletes a tag and leaves the manifest. 1 request to list and 1 to delete for each 1000 manifests that it ever had.
    async fn delete_tag(&self, name: &RepositoryName, tag: &Tag) -> Result<(), Failure> {
        let paths = self.files_below(&layout::tag(name, tag)).await?;
        if paths.is_empty() {
            return Err(Failure::manifest_unknown(tag));
        }
        self.delete_files(&paths).await
    }

    /// Deletes a manifest and the tags that name it: the tags first, so that none ever names what is not there. Requests: 2 for
    /// the manifest, 1 for each 1000 files of tags, 1 for each tag that names or named it, and 1 to 3 to delete.
    async fn delete_revision(&self, name: &RepositoryName, digest: &Digest) -> Result<(), Failure> {
        self.epochs().forget(Kind::Manifest, name, digest);
        let link = layout::revision_link(name, digest);
        let read = self.read_link(&link).await?.ok_or_else(|| Failure::manifest_unknown(digest))?;
        let content = self.load_file(&layout::blob(&read.target)).await?;
        let subject = match &content {
            Some(loaded) => Document::parse(&loaded.content)?.subject()?,
            None => None,
        };
        let tagged = self.tags_of(name, digest).await?;
        if !tagged.is_empty() {
            self.delete_files(&tagged).await?;
        }
        if let Some(subject) = subject {
            self.delete_files(&[layout::referrer_link(name, &subject, digest)]).await?;
        }
        // Read again: the window of the deletion begins with it, and the walk over the tags may have taken long.
        if let Some(read) = self.read_link(&link).await? {
            self.delete_link(link, read.date).await?;
        }
        self.epochs().forget(Kind::Manifest, name, digest);
        Ok(())
    }

    /// All files of the tags that name a manifest. Of a tag that names another one by now the `index` entry stays, as
    /// distribution leaves it: the entry says what the tag named once.
    async fn tags_of(&self, name: &RepositoryName, digest: &Digest) -> Result<Vec<String>, Failure> {
        let folder = layout::tags(name);
        let mut by_tag: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in self.files_below(&folder).await? {
            let tag = path.strip_prefix(&folder).and_then(|rest| rest.trim_start_matches('/').split('/').next());
            if let Some(tag) = tag {
                by_tag.entry(tag.to_owned()).or_default().push(path);
            }
        }
        let candidates = by_tag.into_iter().filter_map(|(tag, paths)| {
            let tag = Tag::parse(&tag)?;
            paths.contains(&layout::tag_index(name, &tag, digest)).then_some((tag, paths))
        });
        let named: Vec<Vec<String>> = stream::iter(candidates)
            .map(|(tag, paths)| async move {
                let current = self.read_link(&layout::tag_current(name, &tag)).await?;
                Ok::<_, Failure>(current.filter(|link| link.target == *digest).map(|_| paths))
            })
            .buffered(AT_ONCE)
            .try_filter_map(|paths| std::future::ready(Ok(paths)))
            .try_collect()
            .await?;
        Ok(named.concat())
    }

    /// The paths of all files below a folder. 1 request for each 1000.
    async fn files_below(&self, directory: &str) -> Result<Vec<String>, Failure> {
        let (mut paths, mut start_after) = (Vec::new(), None);
        loop {
            let start = start_after.as_deref();
            let request = ListRequest { directory, depth: Depth::All, start_after: start, limit: 1000 };
            let page = self.storage().list(request).await?;
            paths.extend(page.entries.into_iter().map(|entry| entry.path));
            match page.next {
                Some(next) => start_after = Some(next),
                None => return Ok(paths),
            }
        }
    }
}
