//! An upload that is carried out: what the machine says is sent, several parts at once.

use std::cell::Cell;
use std::rc::Rc;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;

use super::content::Content;
use super::driver::{Inner, patience};
use super::error::{DriverError, Leftover};
use super::part_size::{MAX_PARTS, grown};
use super::tail;
use super::upload::{Outgoing, Source, Upload};
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

/// An upload in the making.
pub(super) struct Session<P> {
    pub(super) place: Rc<Place<P>>,
    pub(super) attributes: Attributes,
    pub(super) upload: Upload,
    /// OSS's id of the upload; none while nothing was sent.
    pub(super) id: Option<Rc<str>>,
    /// Whether there is a tail beside the upload.
    pub(super) has_tail: bool,
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
        let upload = Upload::new(held_part(inner, hint.unwrap_or_default(), MAX_PARTS), inner.options.parts_in_flight);
        let place = Place { inner: inner.clone(), path: path.to_owned(), object, source: None };
        Self {
            place: Rc::new(place),
            attributes: inner.options.attributes.clone(),
            upload,
            id: None,
            has_tail: false,
            size: Rc::default(),
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
        Ok(())
    }

    /// The upload's id; begins it where there is none.
    pub(super) async fn begin(&mut self) -> Result<Rc<str>, Error> {
        if let Some(id) = &self.id {
            return Ok(id.clone());
        }
        let place = &self.place;
        let id = place.inner.client.initiate_upload(&place.path, &place.object, &self.attributes).await?;
        Ok(self.id.insert(id.into()).clone())
    }

    /// Removes the upload and what is kept beside it. False when the upload had been completed or aborted already. It can
    /// be tried again after a failure.
    pub(super) async fn abort(&mut self) -> Result<bool, Error> {
        let place = self.place.clone();
        let mut existed = true;
        if let Some(id) = &self.id {
            existed = place.inner.client.abort_upload(&place.path, &place.object, id).await?;
        }
        self.forget_tail().await?;
        self.id = None;
        Ok(existed)
    }

    /// Removes what was kept beside the upload, if anything was.
    pub(super) async fn forget_tail(&mut self) -> Result<(), Error> {
        if let Some(id) = self.id.as_ref().filter(|_| self.has_tail) {
            tail::remove(&self.place.inner, &self.place.path, id).await?;
            self.has_tail = false;
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
        (Source::Bytes(bytes), _) => client.upload_part(&place.path, &place.object, &id, number, bytes).await,
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
