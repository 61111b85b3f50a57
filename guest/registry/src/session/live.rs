//! An upload that this process has in memory.

use bytes::BytesMut;

use crate::digest::{Algorithm, Digest};
use crate::hash::Hasher;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Storage, StorageError, StorageErrorKind, Writer};

/// Where the content of an upload is.
#[derive(Debug)]
pub(crate) enum Place<W> {
    /// All of it is in memory.
    Memory,
    /// In an upload to OSS.
    Writer(W),
    /// All of it is the file at the upload's path: a copy that this session made, and no upload to OSS was begun there.
    Copy,
    /// All of it is the file at the upload's path, where an upload to OSS was begun before.
    File,
    /// It was published at the upload's path, which is a blob's.
    Published,
}

/// An upload that this process has in memory: a session.
///
/// A session writes at a path of its own, where nobody else writes, and writes there what it hashes. So each version of the
/// file at that path, and what is stored of an upload to OSS for it, are a beginning of what was hashed, whichever process
/// completes that upload. A hash state that names the path therefore is that of the file there if the offset is the file's
/// size.
///
/// What a session publishes is the file at its path, which must not change after its upload to OSS was completed: so there is
/// never a second upload to OSS with anything in it, and a file is made there only where there is none, which also refuses a
/// request that arrives once more, late.
pub(crate) struct LiveUpload<W> {
    /// The session's name, drawn at random.
    pub session: String,
    /// Where it is written to.
    pub path: String,
    /// The digest of the blob whose place `path` is; `None` where it is in the upload's folder.
    pub aim: Option<Digest>,
    /// Seconds since 1970.
    pub started_at: u64,
    /// The hash of all content so far.
    pub hasher: Hasher,
    /// The number of bytes so far.
    pub offset: u64,
    /// What no writer has taken yet.
    pub held: BytesMut,
    pub place: Place<W>,
    /// Whether files of it, or of sessions before this one, may be in its folder besides the content.
    pub has_files: bool,
    /// Files of a session that this one has gone on with, which are of no more use once this one's content is in OSS.
    pub superseded: Vec<String>,
    /// Whether what is in OSS is not this session's any more: another process has gone on with it.
    pub is_lost: bool,
}

impl<W> LiveUpload<W> {
    /// A session of which there is nothing yet.
    pub fn new(name: &RepositoryName, uuid: &str, session: String, started_at: u64, algorithm: Algorithm) -> Self {
        Self { path: layout::upload_data(name, uuid, &session), session, ..Self::empty(started_at, algorithm) }
    }

    /// A blob that comes as a whole, at its final place.
    pub fn aimed(digest: &Digest, started_at: u64) -> Self {
        let mut live = Self::empty(started_at, digest.algorithm());
        live.retarget(digest);
        live
    }

    /// What stands for an upload that was taken away.
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
            place: Place::Memory,
            has_files: false,
            superseded: Vec::new(),
            is_lost: false,
        }
    }

    /// Lets an upload of which nothing came yet go to a blob's final place. From then on it can become that blob alone.
    pub fn retarget(&mut self, digest: &Digest) {
        if matches!(self.place, Place::Memory) && self.offset == 0 {
            self.path = layout::blob(digest);
            self.aim = Some(digest.clone());
            self.hasher = Hasher::new(digest.algorithm());
        }
    }

    /// Lets it go on under another name. What there is, or may come, at its path is of no more use then.
    pub fn rename(&mut self, name: &RepositoryName, uuid: &str, session: String) {
        let path = layout::upload_data(name, uuid, &session);
        self.superseded.push(std::mem::replace(&mut self.path, path));
        self.session = session;
        self.has_files = true;
    }

    /// Notes where a failure says that another process has gone on with the upload.
    pub fn noting<T>(&mut self, result: Result<T, StorageError>) -> Result<T, StorageError> {
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
    /// Fails where what is there is not all that was hashed, so that what came next would stand at a wrong place: a call of
    /// the writer failed or was given up, and what was on its way is lost; or the upload was dropped, as far as that went.
    pub fn check(&self) -> Result<(), StorageError> {
        let held = self.held.len() as u64;
        let is_whole = match &self.place {
            _ if self.is_lost => return Err(taken_over()),
            Place::Memory => held == self.offset,
            Place::Writer(writer) => writer.size().checked_add(held) == Some(self.offset),
            Place::Copy | Place::File | Place::Published => true,
        };
        if is_whole {
            return Ok(());
        }
        let message = "a part of what was sent is lost: ask where the upload stands";
        Err(StorageError::new(StorageErrorKind::Unavailable, message))
    }

    /// Drops what is in OSS at the session's path.
    pub async fn cancel<S>(&mut self, storage: &S) -> Result<(), StorageError>
    where
        S: Storage<Writer = W>,
    {
        let is_file = match &mut self.place {
            Place::Memory | Place::Published => false,
            Place::Copy | Place::File => true,
            Place::Writer(writer) => match writer.cancel().await {
                Ok(()) => false,
                // It was completed: by another process, or by a commit that seemed to have failed.
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
        self.place = Place::Memory;
        Ok(())
    }
}
