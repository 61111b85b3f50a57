//! Links: what makes a blob or manifest belong to a repository.
//!
//! All that the registry confirms to clients rests on what this module reads and writes.

use bytes::Bytes;
use futures_util::future::join;

use crate::cache::{Kind, Presence};
use crate::digest::Digest;
use crate::failure::{ErrorCode, Failure};
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Clock, Condition, Guard, Loaded, OssTime, Ports, Stat, Storage, StorageError, Window};
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

fn link_path(kind: Kind, name: &RepositoryName, digest: &Digest) -> String {
    match kind {
        Kind::Blob => layout::layer_link(name, digest),
        Kind::Manifest => layout::revision_link(name, digest),
    }
}

impl<P: Ports> Registry<P> {
    /// Loads a whole file. 1 request.
    pub(crate) async fn load_file(&self, path: &str) -> Result<Option<Loaded>, Failure> {
        Ok(found(self.storage().load(path, ByteRange::Whole, Condition::None).await)?.flatten())
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

    /// Writes a link. 1 request.
    pub(crate) async fn write_link(&self, path: &str, target: &Digest) -> Result<OssTime, Failure> {
        let written = self.storage().put(path, Bytes::from(target.to_string()), Guard::default()).await?;
        Ok(written.date)
    }

    /// Deletes a link that was read. 1 request, which OSS refuses when it arrives too late: by then somebody may have written
    /// the link again.
    pub(crate) async fn delete_link(&self, path: String, read: OssTime) -> Result<(), Failure> {
        let window = Window { start: read, end: OssTime(read.0 + LATEST_DELETE) };
        let deleted = self.storage().delete(&[path], Some(window)).await?;
        deleted.failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
    }

    /// Makes content that is at its place belong to a repository. Only after the response of the request that put it there.
    pub(crate) async fn confirm(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        target: &Digest,
        size: u64,
    ) -> Result<(), Failure> {
        let link_modified = self.write_link(&link_path(kind, name, digest), target).await?;
        self.remember(kind, name, digest, Presence { target: target.clone(), size, link_modified });
        Ok(())
    }

    pub(crate) fn remember(&self, kind: Kind, name: &RepositoryName, digest: &Digest, presence: Presence) {
        self.presences().insert(kind, name, digest, presence, self.environment().monotonic());
    }

    /// What is remembered of something in a repository. No request.
    pub(crate) fn remembered(&self, kind: Kind, name: &RepositoryName, digest: &Digest) -> Option<Presence> {
        self.presences().get(kind, name, digest, self.environment().monotonic())
    }

    /// Whether something is in a repository, for a client that probably asks before it pushes: 1 request where it is not, 2 in
    /// turn where it is, and none where it is remembered.
    pub(crate) async fn probe(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Presence>, Failure> {
        if let Some(presence) = self.remembered(kind, name, digest) {
            return Ok(Some(presence));
        }
        let Some(link) = self.read_link(&link_path(kind, name, digest)).await? else { return Ok(None) };
        let stat = found(self.storage().stat(&layout::blob(&link.target)).await)?;
        Ok(self.note(kind, name, digest, link, stat))
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
        let (link, path) = (link_path(kind, name, digest), layout::blob(digest));
        let (link, stat) = join(self.read_link(&link), self.storage().stat(&path)).await;
        let Some(link) = link? else { return Ok(None) };
        let stat = if link.target == *digest { stat } else { self.storage().stat(&layout::blob(&link.target)).await };
        Ok(self.note(kind, name, digest, link, found(stat)?))
    }

    fn note(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        link: Link,
        stat: Option<Stat>,
    ) -> Option<Presence> {
        // A link without content is what distribution's garbage collection leaves.
        let size = stat?.info.size;
        let presence = Presence { target: link.target, size, link_modified: link.modified };
        self.remember(kind, name, digest, presence.clone());
        Some(presence)
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
        let (link, path) = (link_path(kind, name, digest), layout::blob(digest));
        let (link, loaded) = join(self.read_link(&link), self.storage().load(&path, range, Condition::None)).await;
        let Some(link) = link? else { return Ok(None) };
        let loaded = if link.target == *digest {
            loaded
        } else {
            self.storage().load(&layout::blob(&link.target), range, Condition::None).await
        };
        let Some(loaded) = found(loaded)?.flatten() else { return Ok(None) };
        let presence = Presence { target: link.target, size: loaded.info.size, link_modified: link.modified };
        self.remember(kind, name, digest, presence.clone());
        Ok(Some((presence, loaded)))
    }
}
