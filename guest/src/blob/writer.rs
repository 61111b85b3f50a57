//! A file that is being written: upstream's `FileWriter`.

use std::cell::Cell;
use std::rc::Rc;

use super::checkpoint;
use super::content::Content;
use super::driver::Driver;
use super::error::DriverError;
use super::session::Session;
use super::stored::Stored;
use crate::error::{Error, ErrorKind};
use crate::ports::Ports;

/// A file that is being written. Nothing can be read of it before [`Writer::commit`].
pub struct Writer<P> {
    session: Session<P>,
    stored: Rc<Stored>,
    /// What it has become, when nothing more can be done with it.
    end: Option<&'static str>,
}

impl<P: Ports> Driver<P> {
    /// Begins a file; appending goes on with the newest upload for it that was neither committed nor cancelled, or else
    /// with the file.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when appending where there is neither; [`ErrorKind::Conflict`] when the content of the file
    /// that an upload continues is not all there, and the file is gone; and anything a request can fail with.
    pub async fn writer(&self, path: &str, append: bool, size_hint: Option<u64>) -> Result<Writer<P>, DriverError> {
        let object = self.file(path)?;
        let (session, stored) = if append {
            self.resume(path, size_hint).await?
        } else {
            let mut session = Session::new(&self.0, path, object, size_hint);
            // So that it can be found from now on: otherwise whoever appends would take an older file for what was begun.
            session.begin().await?;
            (session, Stored::default())
        };
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
    /// As [`Writer::close`].
    pub async fn commit(&mut self) -> Result<(), DriverError> {
        self.open()?;
        self.session.publish().await?;
        self.end = Some(COMMITTED);
        Ok(())
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
