//! Goes on with an upload that another process began, or that this one has put down.
//!
//! OSS gives no part of an unfinished upload back, so that a hash can only go on from a state at exactly the offset that is
//! stored: the one in the `Location`, or one beside the upload. Without one, the upload is completed and read back.

use bytes::Bytes;
use futures_util::StreamExt;

use super::LiveUpload;
use super::live::Place;
use super::locate::WriterOf;
use super::token::UploadState;
use crate::digest::Algorithm;
use crate::failure::Failure;
use crate::hash::Hasher;
use crate::layout;
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Guard, Ports, Storage, Writer, WriterStart};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// The upload as it is in OSS.
    pub(super) async fn resume(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
    ) -> Result<LiveUpload<WriterOf<P>>, Failure> {
        let mut live = self.fresh(name, uuid, state)?;
        live.has_files = true;
        let page = self.storage().uploads(&layout::upload(name, uuid), None).await?;
        let uploads = page.uploads.into_iter().filter(|upload| upload.path == live.path);
        if let Some(upload) = uploads.max_by(|a, b| (a.initiated, &a.id).cmp(&(b.initiated, &b.id))) {
            let start = WriterStart::Resume { upload_id: &upload.id };
            if let Some(writer) = found(self.storage().writer(&live.path, start).await)? {
                live.offset = writer.size();
                live.place = Place::Writer(writer);
            }
        } else if let Some(stat) = found(self.storage().stat(&live.path).await)? {
            live.offset = stat.size;
            live.place = Place::File;
        }
        if matches!(live.place, Place::Memory) {
            return if state.offset == 0 { Ok(live) } else { Err(Failure::upload_unknown()) };
        }
        self.restore_hash(name, uuid, state, &mut live).await?;
        Ok(live)
    }

    async fn restore_hash(
        &self,
        name: &RepositoryName,
        uuid: &str,
        state: &UploadState,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), Failure> {
        let algorithm = live.hasher.algorithm();
        let kept = if state.offset == live.offset {
            state.hasher()
        } else {
            let path = layout::upload_hash_state(name, uuid, algorithm, live.offset);
            let loaded = self.load_file(&path).await?;
            loaded.and_then(|loaded| Hasher::from_go_state(algorithm, &loaded.content, live.offset))
        };
        live.hasher = match kept {
            Some(hasher) => hasher,
            None => {
                if let Place::Writer(writer) = &mut live.place {
                    writer.commit(Guard::default()).await?;
                    live.place = Place::File;
                }
                self.hash_file(&live.path, algorithm).await?
            }
        };
        Ok(())
    }

    /// The hash of a whole file, which is read for it.
    pub(crate) async fn hash_file(&self, path: &str, algorithm: Algorithm) -> Result<Hasher, Failure> {
        let mut hasher = Hasher::new(algorithm);
        let mut opened = self.storage().open(path, ByteRange::Whole).await?;
        while let Some(piece) = opened.content.next().await {
            let piece: Bytes = piece?;
            hasher.update(&piece);
        }
        Ok(hasher)
    }
}
