//! Links: files of a repository that name a digest, and the content under that digest.
//!
//! A link holds a digest as text. Without its content it counts for nothing: distribution's garbage collection leaves such
//! links.

use futures_util::future::join;

use crate::digest::Digest;
use crate::gc::Kind;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Loaded, OssTime, Storage, StorageError, StorageErrorKind, Window};

/// For how many seconds after a read a file may be written or deleted because of it.
///
/// The epochs of the garbage collection do not need this limit: it is for tags, referrers and the deletions that users
/// request. Another attempt of such a request that arrives later could undo later changes, such as a new push to the
/// same tag. A minute is longer than the driver retries a request, and short for a person.
const MAX_ACTION_DELAY: u64 = 60;

/// The digest that a link holds, and when it was written.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub target: Digest,
    pub modified: OssTime,
    /// The `Date` of the response that the link came with.
    pub date: OssTime,
}

/// How a link and its content are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Both concurrently, for content that probably exists.
    AtOnce,
    /// The link first, and no second request if it does not exist, for content that probably does not exist.
    LinkFirst,
}

/// `None` where OSS said that there is no such file.
pub(crate) fn found<T>(result: Result<T, StorageError>) -> Result<Option<T>, StorageError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path of the link by which content belongs to a repository.
pub(crate) fn link_path(kind: Kind, name: &RepositoryName, digest: &Digest) -> String {
    match kind {
        Kind::Blob => layout::layer_link(name, digest),
        Kind::Manifest => layout::revision_link(name, digest),
    }
}

/// The window of a write or deletion that depends on a read with this `Date`.
pub(crate) fn window_after(read: OssTime) -> Window {
    Window { start: read, end: OssTime(read.0.saturating_add(MAX_ACTION_DELAY)) }
}

/// Loads a whole file. 1 request.
pub(crate) async fn load_file<S: Storage>(storage: &S, path: &str) -> Result<Option<Loaded>, StorageError> {
    found(storage.load(path, ByteRange::Whole).await)
}

/// Reads a link. 1 request.
pub(crate) async fn read_link<S: Storage>(storage: &S, path: &str) -> Result<Option<Link>, StorageError> {
    let Some(loaded) = load_file(storage, path).await? else { return Ok(None) };
    let target = std::str::from_utf8(&loaded.content).ok().and_then(Digest::parse).ok_or_else(|| {
        let message = format!("the link {path} does not hold a digest");
        StorageError::new(StorageErrorKind::Corrupt, message).dated(loaded.date)
    })?;
    Ok(Some(Link { target, modified: loaded.info.modified, date: loaded.date }))
}

/// Reads a link, and with `read` some of the content that it names, whose path is passed to `read`. Requests: 1 and
/// that of `read`; 1 more of `read`'s if both were sent concurrently and the link names another digest.
pub(crate) async fn look_up<S, T, F>(
    storage: &S,
    kind: Kind,
    name: &RepositoryName,
    digest: &Digest,
    lookup: Lookup,
    read: impl Fn(String) -> F,
) -> Result<Option<(Link, T)>, StorageError>
where
    S: Storage,
    F: Future<Output = Result<T, StorageError>>,
{
    let path = link_path(kind, name, digest);
    let (link, content) = match lookup {
        Lookup::AtOnce => {
            let (link, content) = join(read_link(storage, &path), read(layout::blob(digest))).await;
            (link, Some(content))
        }
        Lookup::LinkFirst => (read_link(storage, &path).await, None),
    };
    let Some(link) = link? else { return Ok(None) };
    let content = match content.filter(|_| link.target == *digest) {
        Some(content) => content,
        None => read(layout::blob(&link.target)).await,
    };
    Ok(found(content)?.map(|content| (link, content)))
}
