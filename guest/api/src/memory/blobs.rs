//! Files under paths.

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Iter, iter};
use futures_util::{Stream, StreamExt};

use super::bucket::{Begun, MemoryTenant, Object, not_found};
use super::listing;
use super::upload::MemoryUpload;
use crate::ports::{
    Blobs, ContentError, Download, Entry, FileState, Page, PageRequest, Publishing, ReadRequest, SignedUrl,
    StorageError, StorageErrorKind, UploadStart, UrlMethod, UrlRequest, Window, WriteRequest, WrittenFile,
};

/// How many bytes of a content are in a piece.
const PIECE: usize = 4;

/// The content of a file.
pub type MemoryContent = Iter<std::vec::IntoIter<Result<Bytes, StorageError>>>;

/// What is below a directory.
pub type MemoryWalk = Iter<std::vec::IntoIter<Result<Entry, StorageError>>>;

fn state_of(object: &Object) -> FileState {
    FileState {
        size: object.content.len() as u64,
        etag: Some(object.etag.clone()),
        modified: Some(object.modified),
        content_type: object.content_type.clone().or_else(|| Some("application/octet-stream".to_owned())),
    }
}

impl MemoryTenant {
    fn file(&self, path: &str) -> Result<Object, StorageError> {
        self.state().files.get(path).cloned().ok_or_else(|| not_found(path))
    }

    pub(super) fn publish(
        &self,
        path: &str,
        content: Bytes,
        content_type: Option<String>,
        publishing: Publishing,
    ) -> Result<WrittenFile, StorageError> {
        let mut state = self.state();
        state.check_window(publishing.window)?;
        if publishing.create_only && state.files.contains_key(path) {
            return Err(StorageError::new(StorageErrorKind::Exists, "there is a file").at(path));
        }
        let object = state.object(content, content_type);
        let written = WrittenFile {
            size: object.content.len() as u64,
            etag: Some(object.etag.clone()),
            crc64: Some(u64::MAX),
            perhaps_again: false,
        };
        state.files.insert(path.to_owned(), object);
        Ok(written)
    }

    /// Puts the pieces together that come before the place where everything breaks off.
    fn cut<T>(&self, pieces: Vec<Result<T, StorageError>>) -> Iter<std::vec::IntoIter<Result<T, StorageError>>> {
        let breaks_after = self.state().breaks_after;
        let broken = StorageError::new(StorageErrorKind::Unavailable, "the connection broke");
        iter(match breaks_after {
            Some(count) => pieces.into_iter().take(count).chain([Err(broken)]).collect::<Vec<_>>(),
            None => pieces,
        })
    }
}

impl Blobs for MemoryTenant {
    type Content = MemoryContent;
    type Walk = MemoryWalk;
    type Upload = MemoryUpload;

    async fn stat_file(&self, path: &str) -> Result<FileState, StorageError> {
        self.call("stat-file").await?;
        Ok(state_of(&self.file(path)?))
    }

    async fn stat(&self, path: &str) -> Result<Entry, StorageError> {
        self.call("stat-blob").await?;
        let state = self.state();
        if let Some(object) = state.files.get(path) {
            return Ok(Entry {
                path: path.to_owned(),
                is_directory: false,
                size: object.content.len() as u64,
                modified: Some(object.modified),
                etag: Some(object.etag.clone()),
            });
        }
        if listing::entries(&state.files, path, false).is_empty() {
            return Err(not_found(path));
        }
        Ok(Entry { path: path.to_owned(), is_directory: true, size: 0, modified: None, etag: None })
    }

    async fn open(&self, request: ReadRequest<'_>) -> Result<Download<MemoryContent>, StorageError> {
        self.call("open").await?;
        let object = self.file(request.path)?;
        if request.if_match.is_some_and(|etag| etag != object.etag) {
            return Err(StorageError::new(StorageErrorKind::Conflict, "it has another ETag").at(request.path));
        }
        let size = object.content.len();
        let begin = usize::try_from(request.offset).unwrap_or(usize::MAX).min(size);
        let length = request.length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
        let end = begin.saturating_add(length).min(size);
        let wanted = object.content.slice(begin..end);
        let pieces = wanted.chunks(PIECE).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Ok(Download { state: state_of(&object), content: self.cut(pieces) })
    }

    async fn write<C>(&self, request: WriteRequest<'_>, mut content: C) -> Result<WrittenFile, StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        self.call("write").await?;
        let mut collected = BytesMut::new();
        while let Some(piece) = content.next().await {
            let broken = |error: ContentError| StorageError::new(StorageErrorKind::BrokenContent, error.to_string());
            collected.extend_from_slice(&piece.map_err(broken)?);
        }
        let content_type = request.content_type.map(str::to_owned);
        self.publish(request.path, collected.freeze(), content_type, request.publishing)
    }

    async fn delete_file(&self, path: &str, window: Option<Window>) -> Result<bool, StorageError> {
        self.call("delete-file").await?;
        let mut state = self.state();
        state.check_window(window)?;
        state.files.remove(path);
        Ok(false)
    }

    async fn delete_tree(&self, path: &str, window: Option<Window>) -> Result<bool, StorageError> {
        self.call("delete-tree").await?;
        let mut state = self.state();
        state.check_window(window)?;
        let (before, below) = (state.files.len(), format!("{path}/"));
        state.files.retain(|other, _| other != path && !other.starts_with(&below));
        if state.files.len() == before { Err(not_found(path)) } else { Ok(false) }
    }

    async fn list(&self, request: PageRequest<'_>) -> Result<Page, StorageError> {
        self.call("list-page").await?;
        let state = self.state();
        let mut entries = listing::entries(&state.files, request.directory, request.recursive);
        entries.retain(|entry| !(request.recursive && entry.is_directory));
        let place = |entry: &Entry| format!("{}{}", entry.path, if entry.is_directory { "/" } else { "" });
        entries.sort_by_key(place);
        entries.retain(|entry| request.after.is_none_or(|after| place(entry).as_str() > after));
        let limit = request.limit as usize;
        let next = entries.get(limit - 1).filter(|_| entries.len() > limit).map(place);
        entries.truncate(limit);
        Ok(Page { entries, next })
    }

    async fn walk(&self, directory: &str, after: Option<&str>) -> Result<MemoryWalk, StorageError> {
        self.call("walk").await?;
        let components = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let mut entries = listing::entries(&self.state().files, directory, true);
        entries.sort_by_key(|entry| components(&entry.path));
        entries.retain(|entry| after.is_none_or(|after| components(&entry.path) > components(after)));
        Ok(self.cut(entries.into_iter().map(Ok).collect()))
    }

    async fn copy(&self, source: &str, destination: &str, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        self.call("copy").await?;
        let object = self.file(source)?;
        self.publish(destination, object.content, object.content_type, publishing)
    }

    async fn rename(
        &self,
        source: &str,
        destination: &str,
        publishing: Publishing,
    ) -> Result<WrittenFile, StorageError> {
        self.call("rename").await?;
        let object = self.file(source)?;
        let written = self.publish(destination, object.content, object.content_type, publishing)?;
        self.state().files.remove(source);
        Ok(written)
    }

    async fn url(&self, request: UrlRequest<'_>) -> Result<SignedUrl, StorageError> {
        self.call("url").await?;
        let method = match request.method {
            UrlMethod::Get => "get",
            UrlMethod::Head => "head",
        };
        let url = format!("https://oss.example.com{}?method={method}&signature=secret", request.path);
        Ok(SignedUrl { url, holds_for: request.expiry, time_is_known: true })
    }

    async fn upload(&self, path: &str, start: UploadStart<'_>) -> Result<MemoryUpload, StorageError> {
        self.call("upload").await?;
        let mut state = self.state();
        match start {
            UploadStart::New { content_type, .. } => {
                let id = format!("{:032X}", state.draw());
                let content_type = content_type.map(str::to_owned);
                let begun = Begun { path: path.to_owned(), content: Vec::new(), content_type };
                state.uploads.insert(id.clone(), begun);
                Ok(MemoryUpload::new(self.clone(), id))
            }
            UploadStart::Resume { id, at } => {
                let begun = state.uploads.get(id).filter(|begun| begun.path == path).ok_or_else(|| not_found(path))?;
                if at.is_some_and(|at| at != begun.content.len() as u64) {
                    let message = "the upload has another number of bytes";
                    return Err(StorageError::new(StorageErrorKind::Conflict, message).at(path));
                }
                Ok(MemoryUpload::new(self.clone(), id.to_owned()))
            }
        }
    }
}
