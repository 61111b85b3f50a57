//! Adding to an upload.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http_body::Body;

use super::content::HashedContent;
use super::live::{LiveUpload, Place};
use super::locate::WriterOf;
use crate::failure::{ErrorCode, Failure};
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ContentError, Guard, Ports, Storage, StorageError, StorageErrorKind, Writer, WriterStart};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// Adds the body of a request. Up to a part stays in memory; when there is more, it goes to OSS. `announced` is the body's
    /// length, where it is known.
    ///
    /// After a failure what was taken from the body still counts, unless [`LiveUpload::check`] says that some of it is lost.
    pub(super) async fn append<B>(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        body: &mut B,
        announced: Option<u64>,
    ) -> Result<(), Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let part_size = self.options().part_size;
        let announced_is_large = live.offset.saturating_add(announced.unwrap_or_default()) > part_size as u64;
        let most = match live.place {
            Place::Memory if announced_is_large => None,
            Place::Memory => Some(part_size),
            // What is a file already is only gone on with where something comes.
            Place::Copy | Place::File | Place::Published => Some(0),
            Place::Writer(_) => None,
        };
        if let Some(most) = most
            && hold(live, body, most).await?
        {
            return Ok(());
        }
        let size_hint = announced.map(|announced| live.offset.saturating_add(announced));
        self.open_writer(name, uuid, live, size_hint).await?;
        live.check()?;
        if let Place::Writer(writer) = &mut live.place {
            let content =
                HashedContent { held: &mut live.held, body, hasher: &mut live.hasher, offset: &mut live.offset };
            let written = writer.write(content).await;
            live.noting(written)?;
        }
        Ok(())
    }

    /// Makes sure that there is a writer. What was held in memory is still to be given to it.
    async fn open_writer(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        size_hint: Option<u64>,
    ) -> Result<(), StorageError> {
        let start = match live.place {
            Place::Writer(_) => return Ok(()),
            Place::Published => {
                let message = "the upload was published already, and nothing can follow";
                return Err(StorageError::new(StorageErrorKind::Conflict, message));
            }
            Place::Memory => WriterStart::New { size_hint },
            Place::Copy => WriterStart::Extend,
            Place::File => {
                self.copy_to_new_session(name, uuid, live).await?;
                WriterStart::Extend
            }
        };
        // Should this fail, an upload to OSS may have been begun all the same. There must not be a second one at the path that
        // holds anything: whoever completed the first later would replace what the second had become.
        if matches!(live.place, Place::Copy) {
            live.place = Place::File;
        }
        let opened = self.storage().writer(&live.path, start).await;
        live.place = Place::Writer(live.noting(opened)?);
        Ok(())
    }

    /// Lets an upload that is a file go on in a new session, as a copy. 2 requests.
    async fn copy_to_new_session(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), StorageError> {
        let session = self.new_session();
        let path = layout::upload_data(name, uuid, &session);
        // Also if the copy fails: it may be made yet.
        live.has_files = true;
        let copied = self.storage().copy(&live.path, &path, Guard::CREATE_ONLY).await;
        let copied = live.noting(copied)?;
        if copied.size.checked_add(live.held.len() as u64) != Some(live.offset) {
            live.is_lost = true;
            return live.check();
        }
        live.rename(name, uuid, session);
        live.place = Place::Copy;
        Ok(())
    }

    /// Gives OSS what was held in memory beside what OSS has.
    pub(crate) async fn flush(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), StorageError> {
        live.check()?;
        if matches!(live.place, Place::Memory) || live.held.is_empty() {
            return Ok(());
        }
        self.open_writer(name, uuid, live, None).await?;
        if let Place::Writer(writer) = &mut live.place {
            let held = live.held.split().freeze();
            let written = writer.write(futures_util::stream::once(std::future::ready(Ok(held)))).await;
            live.noting(written)?;
        }
        live.check()
    }
}

/// Takes a body into memory until there is more than so much; whether it ended.
async fn hold<W, B>(live: &mut LiveUpload<W>, body: &mut B, most: usize) -> Result<bool, Failure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    let mut nothing = BytesMut::new();
    let LiveUpload { held, hasher, offset, .. } = live;
    let mut content = HashedContent { held: &mut nothing, body, hasher, offset };
    while held.len() <= most {
        match content.next().await {
            Some(Ok(piece)) => held.extend_from_slice(&piece),
            Some(Err(ContentError(error))) => {
                let message = format!("the body broke off: {error}");
                return Err(Failure::bad_request(ErrorCode::BlobUploadInvalid, message));
            }
            None => return Ok(true),
        }
    }
    Ok(false)
}
