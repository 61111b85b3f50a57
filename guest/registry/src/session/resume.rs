//! Goes on with an upload that another process began, or that this one has put down.
//!
//! OSS gives no part of an unfinished upload back, so that a hash can only go on from a state of exactly the bytes that are
//! stored: the one in the `Location`, or one beside them. Without one, they are read back.
//!
//! Nothing is added where another session wrote. Its upload to OSS is completed (of several processes that do so one
//! succeeds, and the others find the file), the file is copied to a path of this session's own, and only that copy is looked
//! at: whatever others do meanwhile, it stays as it is.

use bytes::Bytes;
use futures_util::StreamExt;

use super::live::{LiveUpload, Place};
use super::locate::WriterOf;
use super::remains::Remains;
use super::token::UploadState;
use crate::digest::Algorithm;
use crate::failure::Failure;
use crate::hash::Hasher;
use crate::layout;
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Guard, Ports, Storage, StorageErrorKind, Writer, WriterStart};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// The upload as it is in OSS.
    pub(super) async fn resume(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
    ) -> Result<LiveUpload<WriterOf<P>>, Failure> {
        let mut tried: Vec<String> = Vec::new();
        loop {
            let remains = self.remains(name, uuid).await?;
            if remains.is_cancelled {
                return Err(Failure::upload_unknown());
            }
            let sessions = remains.sessions(&state.session);
            for session in &sessions {
                if let Some(live) = self.go_on_with(name, uuid, state, &remains, session).await? {
                    return Ok(live);
                }
            }
            if sessions == tried {
                // Nothing came of the uploads to OSS that are listed, if any are.
                if state.offset > 0 {
                    return Err(Failure::upload_unknown());
                }
                let has_files = !remains.is_empty();
                return Ok(LiveUpload { has_files, ..self.fresh(name, uuid, state)? });
            }
            // Another process may have put a session of its own in the place of those.
            tried = sessions.into_iter().map(str::to_owned).collect();
        }
    }

    /// Goes on with a session; `None` where there is nothing of it, or nothing any more.
    async fn go_on_with(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
        remains: &Remains,
        session: &str,
    ) -> Result<Option<LiveUpload<WriterOf<P>>>, Failure> {
        let source = layout::upload_data(name, uuid, session);
        self.complete(remains, &source).await?;
        let mut live = self.fresh(name, uuid, state)?;
        let copied = self.storage().copy(&source, &live.path, Guard::CREATE_ONLY).await;
        let Some(copied) = found(copied)? else { return Ok(None) };
        live.has_files = true;
        live.place = Place::Copy;
        live.offset = copied.size;
        live.superseded = remains.files_of(session);
        if !live.superseded.contains(&source) {
            live.superseded.push(source);
        }
        live.hasher = self.hash_of_copy(name, uuid, session, state, &mut live).await?;
        Ok(Some(live))
    }

    /// Completes what is stored of uploads to OSS for a path. 2 requests or more to look at each, and 2 to complete it.
    async fn complete(&self, remains: &Remains, path: &str) -> Result<(), Failure> {
        for upload in remains.uploads.iter().filter(|upload| upload.path == path) {
            let opened = self.storage().writer(path, WriterStart::Resume { upload_id: &upload.id }).await;
            let mut writer = match opened {
                Ok(writer) => writer,
                // It was completed or aborted meanwhile, or never came as far as what it was to begin with.
                Err(error) if matches!(error.kind, StorageErrorKind::NotFound | StorageErrorKind::Conflict) => continue,
                Err(error) => return Err(error.into()),
            };
            // The response to its begin was lost, and another one took its place: what that became must stay.
            if writer.size() > 0 {
                found(writer.commit(Guard::default()).await)?;
            }
        }
        Ok(())
    }

    /// The hash of a session's content that was copied: from a state that was kept of that session at that size, if there is
    /// one.
    async fn hash_of_copy(
        &self,
        name: &RepositoryName,
        uuid: &str,
        session: &str,
        state: &UploadState,
        copy: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<Hasher, Failure> {
        let algorithm = copy.hasher.algorithm();
        let kept = if state.session == session && state.offset == copy.offset {
            state.hasher()
        } else {
            let path = layout::upload_hash_state(name, uuid, session, algorithm, copy.offset);
            let loaded = self.load_file(&path).await?;
            loaded.and_then(|loaded| Hasher::from_go_state(algorithm, &loaded.content, copy.offset))
        };
        match kept {
            Some(hasher) => Ok(hasher),
            None => self.hash_file(copy, algorithm).await,
        }
    }

    /// The hash of an upload that is a file, which is read for it.
    pub(crate) async fn hash_file(
        &self,
        live: &mut LiveUpload<WriterOf<P>>,
        algorithm: Algorithm,
    ) -> Result<Hasher, Failure> {
        let opened = self.storage().open(&live.path, ByteRange::Whole).await;
        let mut opened = live.noting(opened)?;
        let (mut hasher, mut read) = (Hasher::new(algorithm), 0);
        while let Some(piece) = opened.content.next().await {
            let piece: Bytes = piece?;
            hasher.update(&piece);
            read += piece.len() as u64;
        }
        if read != live.offset {
            return Err(Failure::unavailable("the upload has another size than before"));
        }
        Ok(hasher)
    }
}
