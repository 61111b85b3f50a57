//! Reading a file as its bytes come: over broken connections, and checked to the end.

use std::rc::Rc;

use bytes::Bytes;

use super::driver::{Driver, Inner, offset as checked};
use super::error::DriverError;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Condition, ObjectState, Opened, Wanted, pause};
use crate::ports::{Body as _, Ports, Transport, TransportError, TransportErrorKind};

/// Which part of a file is read, and on which condition.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// How many bytes at most; to the file's end otherwise.
    pub length: Option<u64>,
    /// On which condition.
    pub condition: Condition<'a>,
}

/// A file that is being read.
pub struct Reader<P: Transport> {
    inner: Rc<Inner<P>>,
    path: String,
    object: ObjectName,
    /// The offset that was asked for, for errors.
    offset: i64,
    /// What OSS stated of the file.
    state: ObjectState,
    /// Where in the file the next byte stands, and where it ends.
    position: u64,
    end: u64,
    /// The CRC-64 so far and the one that OSS states, of a file that is read as a whole.
    check: Option<(Crc64, u64)>,
    body: Option<P::Body>,
    /// Breaks since the last byte.
    breaks: u8,
}

impl<P: Ports> Driver<P> {
    /// The content of a file from an offset on; nothing at or beyond its end. 1 request, 2 where there is nothing, and 1 more
    /// whenever the connection breaks.
    ///
    /// # Errors
    /// [`super::Reason::InvalidOffset`]; [`ErrorKind::NotFound`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as
    /// the condition says; and anything a request can fail with.
    pub async fn read(&self, path: &str, offset: i64, options: ReadOptions<'_>) -> Result<Reader<P>, DriverError> {
        let position = checked(path, offset)?;
        let object = self.file(path)?;
        let mut reader = Reader {
            inner: self.0.clone(),
            path: path.to_owned(),
            object,
            offset,
            state: ObjectState::default(),
            position,
            end: position,
            check: None,
            body: None,
            breaks: 0,
        };
        let ReadOptions { length, condition } = options;
        let opened = match length {
            Some(0) => None,
            _ => {
                let wanted = Wanted { offset: position, length, condition };
                match self.0.client.open_object(path, &reader.object, wanted).await {
                    Ok(opened) => Some(opened),
                    // At or beyond the end there is nothing, which is no failure.
                    Err(error) if is_beyond(&error) => None,
                    Err(error) => return Err(DriverError::from(error).at(offset)),
                }
            }
        };
        match opened {
            Some(opened) => {
                let is_whole = position == 0 && opened.length == opened.state.size;
                reader.end = position.saturating_add(opened.length);
                reader.check = opened.crc64.filter(|_| is_whole).map(|stated| (Crc64::default(), stated));
                reader.state = opened.state;
                reader.body = Some(opened.body);
            }
            None => {
                let seen = self.0.client.head_object_if(path, &reader.object, condition).await;
                reader.state = seen.map_err(|error| DriverError::from(error).at(offset))?;
            }
        }
        Ok(reader)
    }
}

impl<P: Ports> Reader<P> {
    /// What OSS stated of the file.
    pub fn state(&self) -> &ObjectState {
        &self.state
    }

    /// How many bytes are still to come, should all go well.
    pub fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// The next bytes; `None` after the last one, once they have been checked.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the bytes that came are not those that OSS holds; [`ErrorKind::Conflict`] when the file
    /// was changed meanwhile; and anything a request can fail with. What came before is not the whole then.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, DriverError> {
        self.next().await.map_err(|error| DriverError::from(error).at(self.offset))
    }

    /// Takes a buffer back that a chunk came in.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        if let Some(body) = &mut self.body {
            body.reuse(buffer);
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.position < self.end {
            let Some(body) = &mut self.body else {
                self.reopen().await?;
                continue;
            };
            match body.chunk().await {
                Ok(Some(bytes)) => return self.accept(bytes).map(Some),
                Ok(None) => self.broke("the answer ended early".to_owned())?,
                Err(TransportError { kind: TransportErrorKind::Refused, message }) => {
                    return Err(self.failure(ErrorKind::Unavailable, false, &message));
                }
                Err(error) => self.broke(error.message)?,
            }
        }
        self.body = None;
        match self.check.take() {
            Some((own, stated)) if own.value() != stated => {
                let message = "the CRC-64 of the bytes differs from the one that OSS states";
                Err(self.failure(ErrorKind::Corrupt, true, message))
            }
            _ => Ok(None),
        }
    }

    fn accept(&mut self, bytes: Bytes) -> Result<Bytes, Error> {
        let length = bytes.len() as u64;
        if length > self.remaining() {
            return Err(self.failure(ErrorKind::Corrupt, true, "more bytes came than the answer stated"));
        }
        self.position += length;
        self.breaks = 0;
        if let Some((own, _)) = &mut self.check {
            own.update(&bytes);
        }
        Ok(bytes)
    }

    /// Counts a break of the connection; too many without a byte between them are a failure.
    fn broke(&mut self, message: String) -> Result<(), Error> {
        self.body = None;
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks < self.inner.client.settings().attempts {
            return Ok(());
        }
        Err(self.failure(ErrorKind::Unavailable, true, &format!("{message}, {} times", self.breaks)))
    }

    /// Goes on where the connection broke, with the same object.
    async fn reopen(&mut self) -> Result<(), Error> {
        let Some(etag) = self.state.etag.as_deref() else {
            return Err(self.failure(
                ErrorKind::Unavailable,
                true,
                "the connection broke, and OSS stated no ETag to go on by",
            ));
        };
        let client = &self.inner.client;
        client.ports.sleep(pause(self.breaks, client.ports.random_u64(), None)).await;
        // To where it ends by what was stated before, unless that is the object's end.
        let length = (self.end < self.state.size).then(|| self.remaining());
        let condition = Condition { if_match: Some(etag), if_none_match: None };
        let wanted = Wanted { offset: self.position, length, condition };
        let opened = client.open_object(&self.path, &self.object, wanted).await;
        let Opened { length, body, .. } = opened.map_err(|error| self.changed(error))?;
        if length != self.remaining() {
            return Err(self.failure(ErrorKind::Corrupt, true, "the object has another size than before"));
        }
        self.body = Some(body);
        Ok(())
    }

    /// An object that is gone or another one by now was changed while it was read.
    fn changed(&self, error: Error) -> Error {
        if error.kind == ErrorKind::NotFound || error.kind == ErrorKind::Conflict || is_beyond(&error) {
            let message = "the file was changed while it was read".to_owned();
            return Error { kind: ErrorKind::Conflict, message, retryable: true, ..error };
        }
        error
    }

    fn failure(&self, kind: ErrorKind, retryable: bool, message: &str) -> Error {
        let message = format!("GetObject: {message} (at byte {} of {})", self.position, self.end);
        Error { retryable, ..Error::new(kind, &self.path, message) }
    }
}

fn is_beyond(error: &Error) -> bool {
    error.answer.as_ref().is_some_and(|answer| answer.status == 416)
}
