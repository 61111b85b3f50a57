//! Carries out an upload: sends the requests that [`Upload`] asks for, several parts at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;

use super::checkpoint::{self, Origin};
use super::content::Content;
use super::driver::{Inner, copy_allowance};
use super::error::{DriverError, Leftover};
use super::part_size::{MAX_PARTS, grow_to_fit};
use super::publish::ExpectedContent;
use super::upload::{MARK_NUMBER, NOT_RESUMABLE, Outgoing, PartBody, Upload};
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Attributes, PartCopy, UploadedPart};
use crate::ports::Ports;

/// The object that an upload is for, and the object that parts are copied from.
pub(super) struct UploadTarget<P> {
    pub(super) inner: Rc<Inner<P>>,
    /// The path, for errors.
    pub(super) path: String,
    pub(super) object: ObjectName,
    /// The object that parts are copied from, and its ETag.
    pub(super) source: Option<(ObjectName, String)>,
}

/// Who may continue an upload after its process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Any later writer.
    Writer,
    /// Nobody: the upload belongs to one call.
    Call,
}

/// An upload that is being written.
pub(super) struct Session<P> {
    pub(super) target: Rc<UploadTarget<P>>,
    pub(super) attributes: Attributes,
    pub(super) upload: Upload,
    pub(super) scope: Scope,
    pub(super) origin: Origin,
    /// The first bytes of the existing object if they were fetched because they are too few to be copied; empty once
    /// they are stored.
    pub(super) kept_bytes: Bytes,
    /// OSS's id of the upload; `None` until the upload is initiated.
    pub(super) id: Option<Rc<str>>,
    /// The same id, readable while a call holds the session.
    pub(super) watched_id: Rc<RefCell<Option<Rc<str>>>>,
    /// Whether OSS stores everything that a later process must know about the upload before it finds any part.
    pub(super) is_marked: bool,
    /// Whether there is a checkpoint for the upload.
    pub(super) has_checkpoint: bool,
    /// An earlier upload that this one replaces.
    pub(super) superseded: Option<Rc<str>>,
    /// Contents that a commit may have published; the outcome of each is not known yet.
    pub(super) unconfirmed: Vec<ExpectedContent>,
    /// The size so far in bytes, readable while a call holds the session.
    pub(super) size: Rc<Cell<u64>>,
}

enum Event {
    Bytes(Option<Bytes>),
    Part(u32, Result<UploadedPart, Error>),
}

impl<P: Ports> Session<P> {
    /// A new upload, of about `hint` bytes if that is known.
    pub(super) fn new(inner: &Rc<Inner<P>>, path: &str, object: ObjectName, hint: Option<u64>) -> Self {
        let planned = hint.unwrap_or_default();
        let upload = Upload::new(held_part_size(inner, planned, MAX_PARTS), inner.options.parts_in_flight);
        let target = UploadTarget { inner: inner.clone(), path: path.to_owned(), object, source: None };
        let session = Self::at(target, inner.options.attributes.clone(), upload, Scope::Writer);
        Self { origin: Origin { planned, ..Origin::default() }, ..session }
    }

    /// A session that has sent nothing yet.
    pub(super) fn at(target: UploadTarget<P>, attributes: Attributes, upload: Upload, scope: Scope) -> Self {
        Self {
            target: Rc::new(target),
            attributes,
            upload,
            scope,
            origin: Origin::default(),
            kept_bytes: Bytes::new(),
            id: None,
            watched_id: Rc::default(),
            is_marked: false,
            has_checkpoint: false,
            superseded: None,
            unconfirmed: Vec::new(),
            size: Rc::default(),
        }
    }

    /// Sets the upload's id, or clears it once there is no upload.
    pub(super) fn set_id(&mut self, id: Option<Rc<str>>) {
        self.watched_id.replace(id.clone());
        self.id = id;
    }

    /// Sets the content type of the file, if one is given.
    pub(super) fn set_content_type(&mut self, content_type: Option<&str>) {
        if let Some(content_type) = content_type {
            self.attributes.set("content-type", content_type);
        }
    }

    /// Takes all of a content and sends every whole part, until all of them are stored. Returns how many bytes were
    /// taken, also after a failure. Parts that were not stored stay in memory.
    pub(super) async fn write(&mut self, content: &mut Content<'_>) -> (u64, Result<(), DriverError>) {
        let before = self.upload.size();
        let result = self.send_content(content).await;
        (self.upload.size().saturating_sub(before), result.map_err(DriverError::from))
    }

    /// Sends the waiting parts.
    pub(super) async fn flush(&mut self) -> Result<(), DriverError> {
        Ok(self.send_content(&mut (Box::pin(futures_util::stream::empty()) as Content<'_>)).await?)
    }

    async fn send_content(&mut self, content: &mut Content<'_>) -> Result<(), Error> {
        self.upload.interrupted();
        let mut sending = FuturesUnordered::new();
        let mut piece = Bytes::new();
        let mut has_ended = false;
        let mut failure = None;
        loop {
            if failure.is_none() {
                failure = self.take(&mut piece).err();
            }
            while failure.is_none()
                && let Some(part) = self.upload.send()
            {
                match self.ensure_initiated().await {
                    Ok(id) => sending.push(send(self.target.clone(), id, part)),
                    Err(error) => {
                        self.upload.failed(part.number);
                        failure = Some(error);
                    }
                }
            }
            // While parts are being sent, read only as much as there is room for, and nothing after a failure.
            let wants_more = failure.is_none() && piece.is_empty() && !has_ended;
            let event = match (wants_more, sending.is_empty()) {
                (false, true) => break,
                (false, false) => sending.next().await.map(|(number, result)| Event::Part(number, result)),
                (true, true) => Some(Event::Bytes(content.next().await)),
                (true, false) => match select(content.next(), sending.next()).await {
                    Either::Left((bytes, _)) => Some(Event::Bytes(bytes)),
                    Either::Right((answer, _)) => answer.map(|(number, result)| Event::Part(number, result)),
                },
            };
            match event {
                Some(Event::Bytes(Some(bytes))) => piece = bytes,
                Some(Event::Bytes(None)) => has_ended = true,
                Some(Event::Part(number, Ok(stored))) => self.upload.stored(number, stored),
                Some(Event::Part(number, Err(error))) => {
                    self.upload.failed(number);
                    failure.get_or_insert(error);
                }
                None => {}
            }
        }
        self.upload.release_spares();
        failure.map_or(Ok(()), Err)
    }

    /// Moves as many bytes of the piece into the upload as it has room for.
    fn take(&mut self, piece: &mut Bytes) -> Result<(), Error> {
        while !piece.is_empty() {
            let taken = self.upload.take(piece);
            let taken =
                taken.map_err(|full| Error::new(ErrorKind::Unsupported, &self.target.path, full.to_string()))?;
            if taken == 0 {
                break;
            }
            piece.advance(taken);
            self.size.set(self.upload.size());
        }
        if piece.is_empty() {
            // Release the piece, so that its memory can be used for the next one.
            *piece = Bytes::new();
        }
        Ok(())
    }

    /// Returns the upload's id and initiates the upload if necessary: 1 request, and 1 more if the content begins with
    /// that of an existing object.
    pub(super) async fn ensure_initiated(&mut self) -> Result<Rc<str>, Error> {
        let target = self.target.clone();
        // Abort it before the new upload exists: a later process could not tell which of the two to continue.
        self.abort_superseded().await?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => {
                let id = target.inner.client.initiate_upload(&target.path, &target.object, &self.attributes).await?;
                let id = Rc::<str>::from(id);
                self.set_id(Some(id.clone()));
                id
            }
        };
        if !self.is_marked {
            if let Err(error) = self.store_mark(&id).await {
                // Abort it: without its mark the upload would be taken for a new one.
                if target.inner.client.abort_upload(&target.path, &target.object, &id).await.is_ok() {
                    self.set_id(None);
                }
                return Err(error);
            }
            self.is_marked = true;
        }
        Ok(id)
    }

    /// Stores what a process that finds the upload must know, before there is any part that it could misread.
    async fn store_mark(&mut self, id: &str) -> Result<(), Error> {
        let target = &self.target;
        match self.scope {
            Scope::Call if target.source.is_some() => {
                let mark = Bytes::from_static(NOT_RESUMABLE).into();
                target.inner.client.upload_part(&target.path, &target.object, id, MARK_NUMBER, mark, false).await?;
            }
            Scope::Writer if self.origin.kept > 0 => {
                self.has_checkpoint = true;
                checkpoint::keep(&target.inner, &target.path, id, self.origin, 0, &self.kept_bytes).await?;
                self.kept_bytes = Bytes::new();
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes the upload and its checkpoint. Returns false if the upload had been completed or aborted already. Can be
    /// retried after a failure.
    pub(super) async fn abort(&mut self) -> Result<bool, Error> {
        self.abort_superseded().await?;
        let target = self.target.clone();
        let mut existed = true;
        if let Some(id) = &self.id {
            existed = target.inner.client.abort_upload(&target.path, &target.object, id).await?;
        }
        self.remove_checkpoint().await?;
        self.set_id(None);
        Ok(existed)
    }

    async fn abort_superseded(&mut self) -> Result<(), Error> {
        let target = &self.target;
        if let Some(id) = &self.superseded {
            target.inner.client.abort_upload(&target.path, &target.object, id).await?;
            checkpoint::remove(&target.inner, &target.path, id).await?;
            self.superseded = None;
        }
        Ok(())
    }

    /// Removes the upload's checkpoint, if there is one.
    pub(super) async fn remove_checkpoint(&mut self) -> Result<(), Error> {
        if let Some(id) = self.id.as_ref().filter(|_| self.has_checkpoint) {
            checkpoint::remove(&self.target.inner, &self.target.path, id).await?;
            self.has_checkpoint = false;
        }
        Ok(())
    }

    /// Aborts after a failure. If that fails too, the returned error names the upload that is left.
    pub(super) async fn abort_after_failure(&mut self, mut failure: DriverError) -> DriverError {
        if let Err(error) = self.abort().await
            && let Some(id) = &self.id
        {
            failure.leftover = Some(Box::new(Leftover { upload_id: id.to_string(), error }));
        }
        failure
    }
}

/// The size of parts that are held in memory, for a content of `size` bytes in `parts` parts. If even the largest size
/// is too small, returns that: an upload without a free part fails when it gets there.
pub(super) fn held_part_size<P>(inner: &Inner<P>, size: u64, parts: u64) -> usize {
    let largest = inner.options.largest_held_part();
    let part = grow_to_fit(inner.options.part_size, size, parts.max(1), largest).unwrap_or(largest);
    usize::try_from(part).unwrap_or(usize::MAX)
}

async fn send<P: Ports>(
    target: Rc<UploadTarget<P>>,
    id: Rc<str>,
    part: Outgoing,
) -> (u32, Result<UploadedPart, Error>) {
    let (client, number) = (&target.inner.client, part.number);
    let result = match (part.body, &target.source) {
        (PartBody::Bytes(content), _) => {
            let md5 = target.inner.options.part_md5;
            client.upload_part(&target.path, &target.object, &id, number, content, md5).await
        }
        (PartBody::Copy(range), Some((source, etag))) => {
            let allowance = copy_allowance(range.end.saturating_sub(range.start));
            let copy = PartCopy { source, etag, range };
            client.upload_part_copy(&target.path, &target.object, &id, number, &copy, allowance).await
        }
        (PartBody::Copy(_), None) => {
            Err(Error::new(ErrorKind::Unsupported, &target.path, "the upload has nothing to copy from"))
        }
    };
    (number, result)
}
