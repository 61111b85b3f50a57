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
    /// Why the writer can't be used any more: closed, committed or cancelled.
    final_state: Option<&'static str>,
}

/// What a writer continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterStart<'a> {
    /// Nothing: the writer begins a new upload.
    Anew,
    /// The newest upload for the path that was neither committed nor cancelled, or else the file.
    Newest,
    /// The file, whatever uploads there are.
    File,
    /// The upload with this id, and nothing else.
    Upload(&'a str),
}

/// How a writer begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriterOptions {
    /// The expected size of the whole content in bytes, if known.
    pub size_hint: Option<u64>,
    /// The content type; ignored if an upload is continued.
    pub content_type: Option<String>,
    /// How many bytes must be stored already.
    pub at: Option<u64>,
}

/// Checks that as many bytes are stored as the caller expects.
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
    /// Begins a file or continues one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is nothing to continue; [`ErrorKind::Conflict`] if another number of bytes is
    /// stored than the caller expects, or if an upload continues a file whose content was not copied completely, and
    /// the file is gone or may not replace the upload; [`ErrorKind::Unsupported`] for an upload that belongs to one
    /// call; and anything a request can fail with.
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
            WriterStart::Newest => self.open_for_append(path, options).await?,
            WriterStart::File => self.extend(path, object, options).await?,
            WriterStart::Upload(id) => self.resume_by_id(path, id, options).await?,
        };
        session.set_content_type(options.content_type.as_deref());
        if matches!(start, WriterStart::Anew | WriterStart::File) {
            // Initiate the upload now, so that it can be found: otherwise whoever continues the path would take an
            // older file for the one that was begun here.
            session.ensure_initiated().await?;
        }
        Ok(Writer { session, stored: Rc::new(stored), final_state: None })
    }
}

impl<P: Ports> Writer<P> {
    /// Appends a content and returns how many bytes it had, once every whole part is stored.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if the upload has no free part; [`ErrorKind::Conflict`] if the writer is closed,
    /// committed or cancelled; and anything a request can fail with. The bytes that were taken before count
    /// nevertheless.
    pub async fn write(&mut self, content: &mut Content<'_>) -> Result<u64, DriverError> {
        self.open()?;
        let (taken, result) = self.session.write(content).await;
        result.map(|()| taken)
    }

    /// The bytes written so far, by this writer and those that it continues.
    pub fn size(&self) -> u64 {
        self.session.upload.size()
    }

    /// The same as [`Writer::size`], but readable while a call is in flight.
    pub fn watched_size(&self) -> Rc<Cell<u64>> {
        self.session.size.clone()
    }

    /// OSS's id of the upload; `None` if there is no upload.
    pub fn upload_id(&self) -> Option<Rc<str>> {
        self.session.watched_id.borrow().clone()
    }

    /// The same as [`Writer::upload_id`], but readable while a call is in flight.
    pub fn watched_id(&self) -> Rc<RefCell<Option<Rc<str>>>> {
        self.session.watched_id.clone()
    }

    /// What was stored when the writer was begun.
    pub fn stored(&self) -> Rc<Stored> {
        self.stored.clone()
    }

    /// Closes the writer and keeps everything that was written, so that another writer can continue it.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the writer is closed already, and anything a request can fail with; closing can then
    /// be retried.
    pub async fn close(&mut self) -> Result<(), DriverError> {
        if matches!(self.final_state, Some(COMMITTED | CANCELLED)) {
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
        session.flush().await?;
        let id = session.ensure_initiated().await?;
        let rest = session.upload.rest();
        if !rest.is_empty() || session.origin.planned > 0 {
            let start = session.upload.size().saturating_sub(rest.len() as u64);
            session.has_checkpoint = true;
            checkpoint::keep(&session.target.inner, &session.target.path, &id, session.origin, start, rest).await?;
        }
        self.final_state = Some("closed");
        Ok(())
    }

    /// Discards everything that was written.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the writer is closed already, or if a commit that seemed to fail turns out to have
    /// published the content; and anything a request can fail with; cancelling can then be retried.
    pub async fn cancel(&mut self) -> Result<(), DriverError> {
        self.open()?;
        if self.session.cancel().await? {
            self.final_state = Some(COMMITTED);
            let message = "the commit that seemed to fail took effect: what was written is the file's content";
            return Err(Error::new(ErrorKind::Conflict, &self.session.target.path, message).into());
        }
        self.final_state = Some(CANCELLED);
        Ok(())
    }

    /// Publishes everything that was written as the file's content.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the options say; [`ErrorKind::Unsupported`] for a window that
    /// can't be one; and as [`Writer::close`].
    pub async fn commit(&mut self, options: PublishOptions) -> Result<Written, DriverError> {
        self.open()?;
        let conditions = Conditions::check(&self.session.target.path, options)?;
        let written = self.session.publish(&conditions).await?;
        self.final_state = Some(COMMITTED);
        Ok(written)
    }

    fn open(&self) -> Result<(), DriverError> {
        match self.final_state {
            None => Ok(()),
            Some(end) => {
                Err(Error::new(ErrorKind::Conflict, &self.session.target.path, format!("the writer is {end}")).into())
            }
        }
    }
}

const COMMITTED: &str = "committed";
const CANCELLED: &str = "cancelled";
