//! A file that is being written: upstream's `FileWriter`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::checkpoint;
use super::conditions::{Conditions, PublishOptions};
use super::content::Content;
use super::driver::Driver;
use super::error::DriverError;
use super::session::Session;
use super::stored::Stored;
use super::written::Written;
use crate::error::{Error, ErrorKind};
use crate::ports::Ports;

/// A file that is being written. Nothing can be read of it before [`Writer::commit`].
pub struct Writer<P> {
    session: Session<P>,
    stored: Rc<Stored>,
    /// What it has become, when nothing more can be done with it.
    end: Option<&'static str>,
}

/// What a writer goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterStart<'a> {
    /// Nothing: it begins a new upload.
    Anew,
    /// The newest upload for the path that was neither committed nor cancelled, or else the file.
    Newest,
    /// The file, whatever uploads there are.
    File,
    /// The upload of this id, and nothing else.
    Upload(&'a str),
}

/// How a writer begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriterOptions {
    /// How many bytes the whole will have, as far as that is known.
    pub size_hint: Option<u64>,
    /// The content's type, of what is not gone on with.
    pub content_type: Option<String>,
    /// How many bytes must be there already.
    pub at: Option<u64>,
}

/// Whether as many bytes are there as are to be.
pub(super) fn check_size(path: &str, size: u64, at: Option<u64>) -> Result<(), DriverError> {
    match at {
        Some(at) if at != size => {
            let message = format!("{size} bytes are there to go on with, and not {at}");
            Err(Error::new(ErrorKind::Conflict, path, message).into())
        }
        _ => Ok(()),
    }
}

impl<P: Ports> Driver<P> {
    /// Begins a file, or goes on with one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is nothing to go on with; [`ErrorKind::Conflict`] when another number of bytes is
    /// there than was to be, and when the content of the file that an upload continues is not all there, and the file is
    /// gone or may not be taken in its place; [`ErrorKind::Unsupported`] for an upload that belongs to one call; and
    /// anything a request can fail with.
    pub async fn writer(
        &self,
        path: &str,
        start: WriterStart<'_>,
        options: &WriterOptions,
    ) -> Result<Writer<P>, DriverError> {
        let object = self.file(path)?;
        let (mut session, stored) = match start {
            WriterStart::Anew => {
                check_size(path, 0, options.at)?;
                (Session::new(&self.0, path, object, options.size_hint), Stored::default())
            }
            WriterStart::Newest => self.resume(path, options).await?,
            WriterStart::File => self.extend(path, object, options).await?,
            WriterStart::Upload(id) => self.resume_by_id(path, id, options).await?,
        };
        session.set_content_type(options.content_type.as_deref());
        if matches!(start, WriterStart::Anew | WriterStart::File) {
            // So that it can be found from now on: otherwise whoever appends would take an older file for what was begun.
            session.begin().await?;
        }
        Ok(Writer { session, stored: Rc::new(stored), end: None })
    }
}

impl<P: Ports> Writer<P> {
    /// Adds a content to the end and tells how many bytes it had. Returns when every whole part is stored.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the upload's parts are full; [`ErrorKind::Conflict`] when the writer is closed,
    /// committed or cancelled; and anything a request can fail with. What was taken counts all the same.
    pub async fn write(&mut self, content: &mut Content<'_>) -> Result<u64, DriverError> {
        self.open()?;
        let (taken, result) = self.session.feed(content).await;
        result.map(|()| taken)
    }

    /// The bytes written so far, by this writer and those before it.
    pub fn size(&self) -> u64 {
        self.session.upload.size()
    }

    /// As [`Writer::size`], also while a call is in flight.
    pub fn watched_size(&self) -> Rc<Cell<u64>> {
        self.session.size.clone()
    }

    /// OSS's id of the upload; none while there is none.
    pub fn upload_id(&self) -> Option<Rc<str>> {
        self.session.watched_id.borrow().clone()
    }

    /// As [`Writer::upload_id`], also while a call is in flight.
    pub fn watched_id(&self) -> Rc<RefCell<Option<Rc<str>>>> {
        self.session.watched_id.clone()
    }

    /// What was stored when the writer was begun.
    pub fn stored(&self) -> Rc<Stored> {
        self.stored.clone()
    }

    /// Keeps everything that was written for another writer to go on with.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] when it is closed already, and anything a request can fail with; then it can be tried again.
    pub async fn close(&mut self) -> Result<(), DriverError> {
        if matches!(self.end, Some(COMMITTED | CANCELLED)) {
            return Ok(());
        }
        self.open()?;
        let session = &mut self.session;
        session.upload.interrupted();
        session.upload.reopen();
        let part_size = session.upload.part_size();
        if session.upload.rest().len() >= part_size {
            session.upload.seal();
        }
        session.settle().await?;
        let id = session.begin().await?;
        let rest = session.upload.rest();
        if !rest.is_empty() || session.origin.planned > 0 {
            let start = session.upload.size().saturating_sub(rest.len() as u64);
            session.has_checkpoint = true;
            checkpoint::keep(&session.place.inner, &session.place.path, &id, session.origin, start, rest).await?;
        }
        self.end = Some("closed");
        Ok(())
    }

    /// Drops everything that was written.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] when it is closed already, and when a commit that seemed to fail turns out to have made it
    /// the file's content; and anything a request can fail with; then it can be tried again.
    pub async fn cancel(&mut self) -> Result<(), DriverError> {
        self.open()?;
        if self.session.cancel().await? {
            self.end = Some(COMMITTED);
            let message = "the commit that seemed to fail took effect: what was written is the file's content";
            return Err(Error::new(ErrorKind::Conflict, &self.session.place.path, message).into());
        }
        self.end = Some(CANCELLED);
        Ok(())
    }

    /// Makes everything that was written the file's content.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the options say; [`ErrorKind::Unsupported`] for a window that
    /// can't be one; and as [`Writer::close`].
    pub async fn commit(&mut self, options: PublishOptions) -> Result<Written, DriverError> {
        self.open()?;
        let conditions = Conditions::check(&self.session.place.path, options)?;
        let written = self.session.publish(&conditions).await?;
        self.end = Some(COMMITTED);
        Ok(written)
    }

    fn open(&self) -> Result<(), DriverError> {
        match self.end {
            None => Ok(()),
            Some(end) => {
                Err(Error::new(ErrorKind::Conflict, &self.session.place.path, format!("the writer is {end}")).into())
            }
        }
    }
}

const COMMITTED: &str = "committed";
const CANCELLED: &str = "cancelled";
