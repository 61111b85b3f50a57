//! Links: what makes a blob or manifest belong to a repository.
//!
//! What confirms something to a client is in [`gc`](crate::gc); this module reads, and writes what confirms nothing.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join;

use crate::digest::Digest;
use crate::failure::{ErrorCode, Failure};
use crate::gc::{Kind, Presence, View, link_path};
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Guard, Loaded, OssTime, Ports, Storage, StorageError, Window};
use crate::registry::Registry;

/// For how many seconds after a link was read it may be deleted for that.
const LATEST_DELETE: u64 = 60;

/// The digest that a link holds, and when it was written.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub target: Digest,
    pub modified: OssTime,
    /// The `Date` of the response that the link came with.
    pub date: OssTime,
}

/// `None` where OSS said that there is no such file.
pub(crate) fn found<T>(result: Result<T, StorageError>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl<P: Ports> Registry<P> {
    /// Loads a whole file. 1 request.
    pub(crate) async fn load_file(&self, path: &str) -> Result<Option<Loaded>, Failure> {
        found(self.storage().load(path, ByteRange::Whole).await)
    }

    /// Reads a link. 1 request.
    pub(crate) async fn read_link(&self, path: &str) -> Result<Option<Link>, Failure> {
        let Some(loaded) = self.load_file(path).await? else { return Ok(None) };
        let target = std::str::from_utf8(&loaded.content).ok().and_then(Digest::parse);
        let target = target.ok_or_else(|| {
            let message = format!("the link {path} does not hold a digest");
            Failure::new(http::StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, message)
        })?;
        Ok(Some(Link { target, modified: loaded.info.modified, date: loaded.date }))
    }

    /// Writes a tag's link, after what it names was confirmed. 1 request.
    pub(crate) async fn write_tag(&self, path: &str, target: &Digest) -> Result<(), Failure> {
        self.storage().put(path, Bytes::from(target.to_string()), Guard::default()).await?;
        Ok(())
    }

    /// Deletes a link that was read. 1 request, which OSS refuses when it arrives too late: by then somebody may have written
    /// the link again.
    pub(crate) async fn delete_link(&self, path: String, read: OssTime) -> Result<(), Failure> {
        let window = Window { start: read, end: OssTime(read.0 + LATEST_DELETE) };
        let failed = self.storage().delete(&[path], Some(window)).await?;
        failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
    }

    /// What is remembered of something in a repository. No request.
    pub(crate) fn remembered(&self, kind: Kind, name: &RepositoryName, digest: &Digest) -> Option<Presence> {
        self.epochs().remembered(self.environment(), kind, name, digest)
    }

    /// The view under which what is read may be remembered. Reading goes on without one: nothing is remembered then, and it is
    /// for writes to say that the epoch log can't be read.
    async fn reading_view(&self) -> Option<Arc<View>> {
        self.epochs().view(self.storage(), self.environment()).await.ok()
    }

    /// Whether something is in a repository that probably is: 2 requests at once, and none where it is remembered.
    pub(crate) async fn find(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Presence>, Failure> {
        if let Some(presence) = self.remembered(kind, name, digest) {
            return Ok(Some(presence));
        }
        let view = self.reading_view().await;
        let (link, path) = (link_path(kind, name, digest), layout::blob(digest));
        let (link, stat) = join(self.read_link(&link), self.storage().stat(&path)).await;
        let Some(link) = link? else { return Ok(None) };
        let stat = if link.target == *digest { stat } else { self.storage().stat(&layout::blob(&link.target)).await };
        // A link without content is what distribution's garbage collection leaves.
        let Some(stat) = found(stat)? else { return Ok(None) };
        let presence = Presence { target: link.target, size: stat.size, link_modified: link.modified };
        self.note(view, kind, name, digest, &presence);
        Ok(Some(presence))
    }

    /// Remembers what was read after a view.
    fn note(&self, view: Option<Arc<View>>, kind: Kind, name: &RepositoryName, digest: &Digest, presence: &Presence) {
        if let Some(view) = view.filter(|view| view.holds(digest, presence)) {
            self.epochs().remember(self.environment(), &view, kind, name, digest, presence);
        }
    }

    /// Reads a link and the beginning of the content that it probably names. 2 requests at once; 1 more where the link names
    /// another digest.
    pub(crate) async fn find_content(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        range: ByteRange,
    ) -> Result<Option<(Presence, Loaded)>, Failure> {
        let view = self.reading_view().await;
        let (link, path) = (link_path(kind, name, digest), layout::blob(digest));
        let (link, loaded) = join(self.read_link(&link), self.storage().load(&path, range)).await;
        let Some(link) = link? else { return Ok(None) };
        let loaded =
            if link.target == *digest { loaded } else { self.storage().load(&layout::blob(&link.target), range).await };
        let Some(loaded) = found(loaded)? else { return Ok(None) };
        let presence = Presence { target: link.target, size: loaded.info.size, link_modified: link.modified };
        self.note(view, kind, name, digest, &presence);
        Ok(Some((presence, loaded)))
    }
}
