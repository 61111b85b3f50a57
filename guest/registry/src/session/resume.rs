//! Continues an upload that another process began, or that this one has evicted from memory.
//!
//! The content of an unfinished upload to OSS can't be read, so a hash can only continue from a state of exactly the
//! stored bytes: the one in the `Location`, or one that is stored beside them. Without a state, the bytes are read
//! back.
//!
//! Nothing is added to another session's content. Its upload to OSS is completed (of several processes that do so one
//! succeeds, and the others find the file), the file is copied to a path of this session's own, and only that copy is
//! read: whatever others do meanwhile, it does not change.

use bytes::Bytes;
use futures_util::StreamExt;

use super::live::{ContentLocation, LiveUpload};
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
    /// Restores an upload from OSS.
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
                if let Some(live) = self.continue_session(name, uuid, state, &remains, session).await? {
                    return Ok(live);
                }
            }
            if sessions == tried {
                // The listed uploads to OSS, if any, became no file.
                if state.offset > 0 {
                    return Err(Failure::upload_unknown());
                }
                let has_files = !remains.is_empty();
                return Ok(LiveUpload { has_files, ..self.fresh(name, uuid, state)? });
            }
            // Another process may have replaced these sessions by its own.
            tried = sessions.into_iter().map(str::to_owned).collect();
        }
    }

    /// Continues a session; `None` if nothing of it exists, or not any more.
    async fn continue_session(
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
        live.location = ContentLocation::Copy;
        live.offset = copied.size;
        live.superseded = remains.files_of(session);
        if !live.superseded.contains(&source) {
            live.superseded.push(source);
        }
        live.hasher = self.hash_of_copy(name, uuid, session, state, &mut live).await?;
        Ok(Some(live))
    }

    /// Completes the uploads to OSS for a path with their stored parts. 2 requests or more to read each, and 2 to
    /// complete it.
    async fn complete(&self, remains: &Remains, path: &str) -> Result<(), Failure> {
        for upload in remains.uploads.iter().filter(|upload| upload.path == path) {
            let opened = self.storage().writer(path, WriterStart::Resume { upload_id: &upload.id }).await;
            let mut writer = match opened {
                Ok(writer) => writer,
                // The upload was completed or aborted meanwhile, or ended before the content that it should begin with
                // was copied.
                Err(error) if matches!(error.kind, StorageErrorKind::NotFound | StorageErrorKind::Conflict) => continue,
                Err(error) => return Err(error.into()),
            };
            // The response to its initiation was lost, and another upload was used instead: the file that this became
            // must not be replaced.
            if writer.size() > 0 {
                found(writer.commit(Guard::default()).await)?;
            }
        }
        Ok(())
    }

    /// The hash of a session's copied content: from a state of that session at that size, if one was stored.
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

    /// The hash of an upload that is a file. This reads the file.
    pub(crate) async fn hash_file(
        &self,
        live: &mut LiveUpload<WriterOf<P>>,
        algorithm: Algorithm,
    ) -> Result<Hasher, Failure> {
        let opened = self.storage().open(&live.path, ByteRange::Whole).await;
        let mut opened = live.note_takeover(opened)?;
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
