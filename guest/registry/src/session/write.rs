//! Adds content to an upload.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http_body::Body;

use super::content::HashedContent;
use super::live::{ContentLocation, LiveUpload};
use super::locate::WriterOf;
use crate::failure::{ErrorCode, Failure};
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ContentError, Guard, Ports, Storage, StorageError, StorageErrorKind, Writer, WriterStart};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// Adds the body of a request. Up to one part stays in memory; more is sent to OSS. `announced` is the body's
    /// length, if known.
    ///
    /// After a failure, the bytes that were taken from the body still count, unless [`LiveUpload::check`] shows that
    /// some of them are lost.
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
        let most = match live.location {
            ContentLocation::Memory if announced_is_large => None,
            ContentLocation::Memory => Some(part_size),
            // A file is continued only if there is more content.
            ContentLocation::Copy | ContentLocation::File | ContentLocation::Published => Some(0),
            ContentLocation::Writer(_) => None,
        };
        if let Some(most) = most
            && buffer_body(live, body, most).await?
        {
            return Ok(());
        }
        let size_hint = announced.map(|announced| live.offset.saturating_add(announced));
        self.open_writer(name, uuid, live, size_hint).await?;
        live.check()?;
        if let ContentLocation::Writer(writer) = &mut live.location {
            let content =
                HashedContent { held: &mut live.held, body, hasher: &mut live.hasher, offset: &mut live.offset };
            let written = writer.write(content).await;
            live.note_takeover(written)?;
        }
        Ok(())
    }

    /// Opens a writer if there is none. The bytes in memory must still be passed to it.
    async fn open_writer(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        size_hint: Option<u64>,
    ) -> Result<(), StorageError> {
        let start = match live.location {
            ContentLocation::Writer(_) => return Ok(()),
            ContentLocation::Published => {
                let message = "the upload was published already, and nothing can follow";
                return Err(StorageError::new(StorageErrorKind::Conflict, message));
            }
            ContentLocation::Memory => WriterStart::New { size_hint },
            ContentLocation::Copy => WriterStart::Extend,
            ContentLocation::File => {
                self.copy_to_new_session(name, uuid, live).await?;
                WriterStart::Extend
            }
        };
        // Even if this fails, an upload to OSS may have been begun. There must not be a second one with content at this
        // path: if somebody completed the first one later, it would replace the file that the second one had become.
        if matches!(live.location, ContentLocation::Copy) {
            live.location = ContentLocation::File;
        }
        let opened = self.storage().writer(&live.path, start).await;
        live.location = ContentLocation::Writer(live.note_takeover(opened)?);
        Ok(())
    }

    /// Continues an upload that is a file in a new session, as a copy. 2 requests.
    async fn copy_to_new_session(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), StorageError> {
        let session = self.new_session();
        let path = layout::upload_data(name, uuid, &session);
        // Do this even if the copy fails, because it may still be made.
        live.has_files = true;
        let copied = self.storage().copy(&live.path, &path, Guard::CREATE_ONLY).await;
        let copied = live.note_takeover(copied)?;
        if copied.size.checked_add(live.held.len() as u64) != Some(live.offset) {
            live.is_lost = true;
            return live.check();
        }
        live.rename(name, uuid, session);
        live.location = ContentLocation::Copy;
        Ok(())
    }

    /// Passes the bytes in memory to the writer.
    pub(crate) async fn flush(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), StorageError> {
        live.check()?;
        if matches!(live.location, ContentLocation::Memory) || live.held.is_empty() {
            return Ok(());
        }
        self.open_writer(name, uuid, live, None).await?;
        if let ContentLocation::Writer(writer) = &mut live.location {
            let held = live.held.split().freeze();
            let written = writer.write(futures_util::stream::once(std::future::ready(Ok(held)))).await;
            live.note_takeover(written)?;
        }
        live.check()
    }
}

/// Reads a body into memory until there are more than `most` bytes; returns whether it ended.
async fn buffer_body<W, B>(live: &mut LiveUpload<W>, body: &mut B, most: usize) -> Result<bool, Failure>
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
