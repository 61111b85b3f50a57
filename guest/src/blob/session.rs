//! An upload that is carried out: what the machine says is sent, several parts at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;

use super::checkpoint::{self, Origin};
use super::content::Content;
use super::driver::{Inner, patience};
use super::error::{DriverError, Leftover};
use super::part_size::{MAX_PARTS, grown};
use super::publish::Target;
use super::upload::{MARK_NUMBER, NOT_RESUMABLE, Outgoing, Source, Upload};
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Attributes, PartCopy, UploadedPart};
use crate::ports::Ports;

/// Where an upload goes and where its copied parts come from.
pub(super) struct Place<P> {
    pub(super) inner: Rc<Inner<P>>,
    /// The path, for errors.
    pub(super) path: String,
    pub(super) object: ObjectName,
    /// The object that parts are copied from, and its ETag.
    pub(super) source: Option<(ObjectName, String)>,
}

/// Who may go on with an upload whose process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Any later writer.
    Writer,
    /// Nobody: it belongs to one call.
    Call,
}

/// An upload in the making.
pub(super) struct Session<P> {
    pub(super) place: Rc<Place<P>>,
    pub(super) attributes: Attributes,
    pub(super) upload: Upload,
    pub(super) scope: Scope,
    pub(super) origin: Origin,
    /// The kept bytes, where they were fetched because they are too few to be copied, until they are stored.
    pub(super) beginning: Bytes,
    /// OSS's id of the upload; none while nothing was sent.
    pub(super) id: Option<Rc<str>>,
    /// The same, for whoever asks while a call is in flight.
    pub(super) watched_id: Rc<RefCell<Option<Rc<str>>>>,
    /// Whether OSS holds what a later process must know of the upload before it finds any part.
    pub(super) is_marked: bool,
    /// Whether there is a checkpoint beside the upload.
    pub(super) has_checkpoint: bool,
    /// An upload that this one takes the place of.
    pub(super) superseded: Option<Rc<str>>,
    /// What a commit may have made the file's content, as long as nobody knows.
    pub(super) attempts: Vec<Target>,
    /// Bytes so far, for whoever asks while a call is in flight.
    pub(super) size: Rc<Cell<u64>>,
}

enum Event {
    Bytes(Option<Bytes>),
    Part(u32, Result<UploadedPart, Error>),
}

impl<P: Ports> Session<P> {
    /// An upload from nothing, of about so many bytes where that is known.
    pub(super) fn new(inner: &Rc<Inner<P>>, path: &str, object: ObjectName, hint: Option<u64>) -> Self {
        let planned = hint.unwrap_or_default();
        let upload = Upload::new(held_part(inner, planned, MAX_PARTS), inner.options.parts_in_flight);
        let place = Place { inner: inner.clone(), path: path.to_owned(), object, source: None };
        let session = Self::at(place, inner.options.attributes.clone(), upload, Scope::Writer);
        Self { origin: Origin { planned, ..Origin::default() }, ..session }
    }

    /// An upload of which nothing was sent.
    pub(super) fn at(place: Place<P>, attributes: Attributes, upload: Upload, scope: Scope) -> Self {
        Self {
            place: Rc::new(place),
            attributes,
            upload,
            scope,
            origin: Origin::default(),
            beginning: Bytes::new(),
            id: None,
            watched_id: Rc::default(),
            is_marked: false,
            has_checkpoint: false,
            superseded: None,
            attempts: Vec::new(),
            size: Rc::default(),
        }
    }

    /// The upload has this id from now on, or there is none any more.
    pub(super) fn set_id(&mut self, id: Option<Rc<str>>) {
        self.watched_id.replace(id.clone());
        self.id = id;
    }

    /// Gives what is written a type, where one is given.
    pub(super) fn set_content_type(&mut self, content_type: Option<&str>) {
        if let Some(content_type) = content_type {
            self.attributes.set("content-type", content_type);
        }
    }

    /// Takes in a content and sends every whole part, until all are stored. Tells how many bytes were taken, also after a
    /// failure; parts that did not arrive wait in the machine.
    pub(super) async fn feed(&mut self, content: &mut Content<'_>) -> (u64, Result<(), DriverError>) {
        let before = self.upload.size();
        let result = self.pump(content).await;
        (self.upload.size().saturating_sub(before), result.map_err(DriverError::from))
    }

    /// Sends the parts that wait.
    pub(super) async fn settle(&mut self) -> Result<(), DriverError> {
        Ok(self.pump(&mut (Box::pin(futures_util::stream::empty()) as Content<'_>)).await?)
    }

    async fn pump(&mut self, content: &mut Content<'_>) -> Result<(), Error> {
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
                match self.begin().await {
                    Ok(id) => sending.push(send(self.place.clone(), id, part)),
                    Err(error) => {
                        self.upload.failed(part.number);
                        failure = Some(error);
                    }
                }
            }
            // While parts are on their way no more is read than there is room for, and after a failure nothing at all.
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

    /// Gives the machine what it has room for.
    fn take(&mut self, piece: &mut Bytes) -> Result<(), Error> {
        while !piece.is_empty() {
            let taken = self.upload.take(piece);
            let taken = taken.map_err(|full| Error::new(ErrorKind::Unsupported, &self.place.path, full.to_string()))?;
            if taken == 0 {
                break;
            }
            piece.advance(taken);
            self.size.set(self.upload.size());
        }
        if piece.is_empty() {
            // Let go of, so that the next one can come in its memory.
            *piece = Bytes::new();
        }
        Ok(())
    }

    /// The upload's id; begins it where there is none. 1 request, and 1 more where it begins with the content of an object.
    pub(super) async fn begin(&mut self) -> Result<Rc<str>, Error> {
        let place = self.place.clone();
        // Before the other one is there: of the two a later process would have to take the right one.
        self.abort_superseded().await?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => {
                let id = place.inner.client.initiate_upload(&place.path, &place.object, &self.attributes).await?;
                let id = Rc::<str>::from(id);
                self.set_id(Some(id.clone()));
                id
            }
        };
        if !self.is_marked {
            if let Err(error) = self.mark(&id).await {
                // Without its mark it would be taken for one that was begun anew.
                if place.inner.client.abort_upload(&place.path, &place.object, &id).await.is_ok() {
                    self.set_id(None);
                }
                return Err(error);
            }
            self.is_marked = true;
        }
        Ok(id)
    }

    /// Stores what a process that finds the upload has to know, before there is anything that it could misread.
    async fn mark(&mut self, id: &str) -> Result<(), Error> {
        let place = &self.place;
        match self.scope {
            Scope::Call if place.source.is_some() => {
                let mark = Bytes::from_static(NOT_RESUMABLE).into();
                place.inner.client.upload_part(&place.path, &place.object, id, MARK_NUMBER, mark, false).await?;
            }
            Scope::Writer if self.origin.kept > 0 => {
                self.has_checkpoint = true;
                checkpoint::keep(&place.inner, &place.path, id, self.origin, 0, &self.beginning).await?;
                self.beginning = Bytes::new();
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes the upload and what is kept beside it. False when the upload had been completed or aborted already. It can
    /// be tried again after a failure.
    pub(super) async fn abort(&mut self) -> Result<bool, Error> {
        self.abort_superseded().await?;
        let place = self.place.clone();
        let mut existed = true;
        if let Some(id) = &self.id {
            existed = place.inner.client.abort_upload(&place.path, &place.object, id).await?;
        }
        self.forget_checkpoint().await?;
        self.set_id(None);
        Ok(existed)
    }

    async fn abort_superseded(&mut self) -> Result<(), Error> {
        let place = &self.place;
        if let Some(id) = &self.superseded {
            place.inner.client.abort_upload(&place.path, &place.object, id).await?;
            checkpoint::remove(&place.inner, &place.path, id).await?;
            self.superseded = None;
        }
        Ok(())
    }

    /// Removes what was kept beside the upload, if anything was.
    pub(super) async fn forget_checkpoint(&mut self) -> Result<(), Error> {
        if let Some(id) = self.id.as_ref().filter(|_| self.has_checkpoint) {
            checkpoint::remove(&self.place.inner, &self.place.path, id).await?;
            self.has_checkpoint = false;
        }
        Ok(())
    }

    /// Aborts after a failure, and has the failure tell if that fails too.
    pub(super) async fn give_up(&mut self, mut failure: DriverError) -> DriverError {
        if let Err(error) = self.abort().await
            && let Some(id) = &self.id
        {
            failure.leftover = Some(Box::new(Leftover { upload_id: id.to_string(), error }));
        }
        failure
    }
}

/// The size of parts that are held in memory, for a content of so many bytes in so many parts. Where even the largest are
/// too small it is those: that they are full is an error when it comes to it.
pub(super) fn held_part<P>(inner: &Inner<P>, size: u64, parts: u64) -> usize {
    let largest = inner.options.largest_held_part();
    let part = grown(inner.options.part_size, size, parts.max(1), largest).unwrap_or(largest);
    usize::try_from(part).unwrap_or(usize::MAX)
}

async fn send<P: Ports>(place: Rc<Place<P>>, id: Rc<str>, part: Outgoing) -> (u32, Result<UploadedPart, Error>) {
    let (client, number) = (&place.inner.client, part.number);
    let result = match (part.source, &place.source) {
        (Source::Bytes(content), _) => {
            let md5 = place.inner.options.part_md5;
            client.upload_part(&place.path, &place.object, &id, number, content, md5).await
        }
        (Source::Copy(range), Some((source, etag))) => {
            let patience = patience(range.end.saturating_sub(range.start));
            let copy = PartCopy { source, etag, range };
            client.upload_part_copy(&place.path, &place.object, &id, number, &copy, patience).await
        }
        (Source::Copy(_), None) => {
            Err(Error::new(ErrorKind::Unsupported, &place.path, "the upload has nothing to copy from"))
        }
    };
    (number, result)
}
