//! The reads of repositories for requests, and the changes that confirm nothing to a client.
//!
//! Changes that confirm something to a client are in [`gc`](crate::gc). Reading needs no view of the epoch log, and
//! never waits for one: a pull works even if the log can't be read.

use bytes::Bytes;

use crate::digest::Digest;
use crate::failure::Failure;
use crate::gc::{Kind, Presence};
use crate::links::{self, Link, Lookup, look_up};
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Guard, Loaded, Ports, Storage, StorageError, StorageErrorKind, Window};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// Loads a whole file. 1 request.
    pub(crate) async fn load_file(&self, path: &str) -> Result<Option<Loaded>, StorageError> {
        links::load_file(self.storage(), path).await
    }

    /// Reads a link. 1 request.
    pub(crate) async fn read_link(&self, path: &str) -> Result<Option<Link>, StorageError> {
        links::read_link(self.storage(), path).await
    }

    /// Writes a file after the content that it names was confirmed. 1 request, which OSS rejects after the window: a
    /// later attempt could restore a file that was replaced or deleted since.
    pub(crate) async fn put_within(&self, path: &str, content: Bytes, window: Window) -> Result<(), StorageError> {
        let written = self.storage().put(path, content, Guard::within(window)).await?;
        if written.date > window.end {
            let message = format!("{path} was written after the deadline");
            return Err(StorageError::new(StorageErrorKind::TooLate, message).dated(written.date));
        }
        Ok(())
    }

    /// Deletes files; fails if one is left. 1 request for each 1000, which OSS refuses after the window: by then somebody may
    /// have written the files again.
    pub(crate) async fn delete_within(&self, paths: &[String], window: Window) -> Result<(), StorageError> {
        if paths.is_empty() {
            return Ok(());
        }
        let failed = self.storage().delete(paths, Some(window)).await?;
        let left = failed.len();
        failed.into_iter().next().map_or(Ok(()), |(path, error)| {
            let message = format!("{left} files were not deleted, the first of them {path}: {error}");
            Err(StorageError { message, ..error })
        })
    }

    /// What is remembered about content in a repository. No request.
    pub(crate) fn remembered(&self, kind: Kind, name: &RepositoryName, digest: &Digest) -> Option<Presence> {
        self.epochs().remembered(self.environment(), kind, name, digest)
    }

    /// Whether content is in a repository, for content that probably is: 2 concurrent requests, and none if it is
    /// remembered.
    pub(crate) async fn find(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Presence>, Failure> {
        if let Some(presence) = self.remembered(kind, name, digest) {
            return Ok(Some(presence));
        }
        let (storage, view) = (self.storage(), self.epochs().latest());
        let stat = |path: String| async move { storage.stat(&path).await };
        let found = look_up(storage, kind, name, digest, Lookup::AtOnce, stat).await?;
        Ok(found.map(|(link, stat)| {
            let presence = Presence::of(link, &stat);
            self.epochs().remember_read(self.environment(), view.as_ref(), kind, name, digest, &presence);
            presence
        }))
    }

    /// Reads a link and the beginning of the content that it probably names. 2 concurrent requests; 1 more if the link
    /// names another digest.
    pub(crate) async fn find_content(
        &self,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        range: ByteRange,
    ) -> Result<Option<(Presence, Loaded)>, Failure> {
        let (storage, view) = (self.storage(), self.epochs().latest());
        let load = |path: String| async move { storage.load(&path, range).await };
        let Some((link, loaded)) = look_up(storage, kind, name, digest, Lookup::AtOnce, load).await? else {
            return Ok(None);
        };
        let presence = Presence::of(link, &loaded.info);
        self.epochs().remember_read(self.environment(), view.as_ref(), kind, name, digest, &presence);
        Ok(Some((presence, loaded)))
    }
}
