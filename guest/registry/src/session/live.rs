//! An upload that this process has in memory.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http_body::Body;

use super::content::HashedContent;
use crate::digest::{Algorithm, Digest};
use crate::failure::{ErrorCode, Failure};
use crate::hash::Hasher;
use crate::ports::{Storage, StorageError, Writer, WriterStart};

/// Where the content of an upload is.
#[derive(Debug)]
pub(crate) enum Place<W> {
    /// All of it is in memory.
    Memory,
    /// In an upload to OSS.
    Writer(W),
    /// All of it is the file at the upload's path, in the upload's folder.
    File,
    /// It was published at the upload's path, which is a blob's.
    Published,
}

/// An upload that this process has in memory.
pub(crate) struct LiveUpload<W> {
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
    /// Whether files of it may be in its folder besides the content.
    pub has_files: bool,
}

impl<W> LiveUpload<W> {
    /// A new one.
    pub fn new(path: String, started_at: u64, hasher: Hasher) -> Self {
        let (held, place) = (BytesMut::new(), Place::Memory);
        Self { path, aim: None, started_at, hasher, offset: 0, held, place, has_files: false }
    }

    /// What stands for an upload that was taken away.
    pub fn placeholder() -> Self {
        Self::new(String::new(), 0, Hasher::new(Algorithm::Sha256))
    }
}

impl<W: Writer> LiveUpload<W> {
    /// Adds the body of a request. Up to a part stays in memory; when there is more, it goes to OSS. `announced` is the
    /// body's length, where it is known.
    ///
    /// After a failure what was taken from the body still counts, and the upload can go on.
    pub async fn append<S, B>(
        &mut self,
        storage: &S,
        part_size: usize,
        body: &mut B,
        announced: Option<u64>,
    ) -> Result<(), Failure>
    where
        S: Storage<Writer = W>,
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let announced_is_large = self.offset.saturating_add(announced.unwrap_or_default()) > part_size as u64;
        if matches!(self.place, Place::Memory) && !announced_is_large {
            let content =
                HashedContent { held: &mut BytesMut::new(), body, hasher: &mut self.hasher, offset: &mut self.offset };
            if hold(&mut self.held, content, part_size).await? {
                return Ok(());
            }
        }
        let size_hint = announced.map(|announced| self.offset.saturating_add(announced));
        self.open_writer(storage, size_hint).await?;
        if let Place::Writer(writer) = &mut self.place {
            let content =
                HashedContent { held: &mut self.held, body, hasher: &mut self.hasher, offset: &mut self.offset };
            writer.write(content).await?;
        }
        Ok(())
    }

    /// Makes sure that there is a writer, and that it has what was held in memory.
    pub async fn open_writer<S>(&mut self, storage: &S, size_hint: Option<u64>) -> Result<(), StorageError>
    where
        S: Storage<Writer = W>,
    {
        let start = match self.place {
            Place::Writer(_) | Place::Published => return Ok(()),
            Place::Memory => WriterStart::New { size_hint },
            Place::File => WriterStart::Extend,
        };
        self.place = Place::Writer(storage.writer(&self.path, start).await?);
        Ok(())
    }

    /// Gives the writer what was held in memory.
    pub async fn flush_held(&mut self) -> Result<(), StorageError> {
        if let Place::Writer(writer) = &mut self.place
            && !self.held.is_empty()
        {
            let held = &mut self.held;
            writer.write(futures_util::stream::once(std::future::ready(Ok(held.split().freeze())))).await?;
        }
        Ok(())
    }

    /// Drops what is in OSS of it.
    pub async fn cancel<S>(&mut self, storage: &S) -> Result<(), StorageError>
    where
        S: Storage<Writer = W>,
    {
        match &mut self.place {
            Place::Memory | Place::Published => {}
            Place::Writer(writer) => writer.cancel().await?,
            Place::File => {
                let failed = storage.delete(std::slice::from_ref(&self.path), None).await?;
                if let Some((_, error)) = failed.into_iter().next() {
                    return Err(error);
                }
            }
        }
        self.place = Place::Memory;
        Ok(())
    }
}

/// Takes content into memory until there is more than a part; whether it ended.
async fn hold<C>(held: &mut BytesMut, mut content: C, part_size: usize) -> Result<bool, Failure>
where
    C: Stream<Item = Result<Bytes, crate::ports::ContentError>> + Unpin,
{
    while held.len() <= part_size {
        match content.next().await {
            Some(Ok(piece)) => held.extend_from_slice(&piece),
            Some(Err(error)) => {
                let message = format!("the body broke off: {error}");
                return Err(Failure::bad_request(ErrorCode::BlobUploadInvalid, message));
            }
            None => return Ok(true),
        }
    }
    Ok(false)
}
