//! An upload in this process's memory.

use bytes::BytesMut;

use crate::digest::{Algorithm, Digest};
use crate::hash::Hasher;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Storage, StorageError, StorageErrorKind, Writer};

/// Where the content of an upload is.
#[derive(Debug)]
pub(crate) enum ContentLocation<W> {
    /// All of it is in memory.
    Memory,
    /// In an upload to OSS.
    Writer(W),
    /// All of it is the file at the session's path: a copy that this session made, where no upload to OSS was begun.
    Copy,
    /// All of it is the file at the session's path, where an upload to OSS was begun before.
    File,
    /// It was published at the path, which is a blob's.
    Published,
}

/// An upload in this process's memory: a session.
///
/// A session writes at a path of its own, where no other session writes, and hashes what it writes. So each version of
/// the file at that path, and the stored parts of an upload to OSS for it, are a prefix of the hashed bytes, whichever
/// process completes that upload. Therefore a hash state that names the path is that of the file there if its offset
/// equals the file's size.
///
/// A session publishes the file at its path, which must not change after its upload to OSS was completed. So there is
/// never a second upload to OSS with content, and a file is written there only if none exists, which also rejects a
/// late attempt of a request.
pub(crate) struct LiveUpload<W> {
    /// The session's name, drawn at random.
    pub session: String,
    /// The path that the session writes to.
    pub path: String,
    /// The digest of the blob whose path this is; `None` if the path is in the upload's folder.
    pub aim: Option<Digest>,
    /// Seconds since 1970.
    pub started_at: u64,
    /// The hash of all content so far.
    pub hasher: Hasher,
    /// The number of bytes so far.
    pub offset: u64,
    /// The bytes that no writer has taken yet.
    pub held: BytesMut,
    pub location: ContentLocation<W>,
    /// Whether the folder may contain files of this or earlier sessions besides the content.
    pub has_files: bool,
    /// Files of an earlier session that this one continues. They are obsolete once this session's content is in OSS.
    pub superseded: Vec<String>,
    /// Whether another process has continued the upload, so that its content in OSS no longer belongs to this session.
    pub is_lost: bool,
}

impl<W> LiveUpload<W> {
    /// A session without content.
    pub fn new(name: &RepositoryName, uuid: &str, session: String, started_at: u64, algorithm: Algorithm) -> Self {
        Self { path: layout::upload_data(name, uuid, &session), session, ..Self::empty(started_at, algorithm) }
    }

    /// A session for a blob that is uploaded in one request, directly to the blob's path.
    pub fn at_blob_path(digest: &Digest, started_at: u64) -> Self {
        let mut live = Self::empty(started_at, digest.algorithm());
        live.retarget(digest);
        live
    }

    /// A placeholder for an upload that was moved away.
    pub fn placeholder() -> Self {
        Self::empty(0, Algorithm::Sha256)
    }

    fn empty(started_at: u64, algorithm: Algorithm) -> Self {
        Self {
            session: String::new(),
            path: String::new(),
            aim: None,
            started_at,
            hasher: Hasher::new(algorithm),
            offset: 0,
            held: BytesMut::new(),
            location: ContentLocation::Memory,
            has_files: false,
            superseded: Vec::new(),
            is_lost: false,
        }
    }

    /// Makes an upload without content write directly to a blob's path. From then on it can only become that blob.
    pub fn retarget(&mut self, digest: &Digest) {
        if matches!(self.location, ContentLocation::Memory) && self.offset == 0 {
            self.path = layout::blob(digest);
            self.aim = Some(digest.clone());
            self.hasher = Hasher::new(digest.algorithm());
        }
    }

    /// Continues the session under another name. Whatever exists, or may appear, at its old path is obsolete then.
    pub fn rename(&mut self, name: &RepositoryName, uuid: &str, session: String) {
        let path = layout::upload_data(name, uuid, &session);
        self.superseded.push(std::mem::replace(&mut self.path, path));
        self.session = session;
        self.has_files = true;
    }

    /// Notes if an error shows that another process has continued the upload.
    pub fn note_takeover<T>(&mut self, result: Result<T, StorageError>) -> Result<T, StorageError> {
        result.map_err(|error| {
            if !error.is_not_found() {
                return error;
            }
            self.is_lost = true;
            taken_over()
        })
    }
}

fn taken_over() -> StorageError {
    StorageError::new(
        StorageErrorKind::Unavailable,
        "another process has gone on with this upload: ask where it stands",
    )
}

impl<W: Writer> LiveUpload<W> {
    /// Fails if not all hashed bytes are stored, so that further bytes would be written at a wrong position: a call of
    /// the writer failed or was dropped and bytes in flight were lost, or the upload was partly removed.
    pub fn check(&self) -> Result<(), StorageError> {
        let held = self.held.len() as u64;
        let is_whole = match &self.location {
            _ if self.is_lost => return Err(taken_over()),
            ContentLocation::Memory => held == self.offset,
            ContentLocation::Writer(writer) => writer.size().checked_add(held) == Some(self.offset),
            ContentLocation::Copy | ContentLocation::File | ContentLocation::Published => true,
        };
        if is_whole {
            return Ok(());
        }
        let message = "a part of what was sent is lost: ask where the upload stands";
        Err(StorageError::new(StorageErrorKind::Unavailable, message))
    }

    /// Removes the content at the session's path from OSS.
    pub async fn cancel<S>(&mut self, storage: &S) -> Result<(), StorageError>
    where
        S: Storage<Writer = W>,
    {
        let is_file = match &mut self.location {
            ContentLocation::Memory | ContentLocation::Published => false,
            ContentLocation::Copy | ContentLocation::File => true,
            ContentLocation::Writer(writer) => match writer.cancel().await {
                Ok(()) => false,
                // The upload was completed: by another process, or by a commit that seemed to fail.
                Err(error) if matches!(error.kind, StorageErrorKind::NotFound | StorageErrorKind::Conflict) => true,
                Err(error) => return Err(error),
            },
        };
        if is_file && self.aim.is_none() {
            let failed = storage.delete(std::slice::from_ref(&self.path), None).await?;
            if let Some((_, error)) = failed.into_iter().next() {
                return Err(error);
            }
        }
        self.location = ContentLocation::Memory;
        Ok(())
    }
}
