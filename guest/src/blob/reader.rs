//! Reading a file as its bytes come: over broken connections, and checked to the end.

use std::rc::Rc;

use bytes::Bytes;

use super::driver::{Driver, Inner, offset as checked};
use super::error::DriverError;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Opened, pause};
use crate::ports::{Body as _, Ports, Transport, TransportError, TransportErrorKind};

/// A file that is being read.
pub struct Reader<P: Transport> {
    inner: Rc<Inner<P>>,
    path: String,
    object: ObjectName,
    /// The offset that was asked for, for errors.
    offset: i64,
    etag: Option<String>,
    /// Where in the file the next byte stands, and where it ends.
    position: u64,
    end: u64,
    /// The CRC-64 so far and the one that OSS states, of a file that is read from its beginning.
    check: Option<(Crc64, u64)>,
    body: Option<P::Body>,
    /// Breaks since the last byte.
    breaks: u8,
}

impl<P: Ports> Driver<P> {
    /// The content of a file from an offset on; nothing at or beyond its end. 1 request, and 1 more whenever the connection
    /// breaks.
    ///
    /// # Errors
    /// [`super::Reason::InvalidOffset`]; [`ErrorKind::NotFound`]; and anything a request can fail with.
    pub async fn read(&self, path: &str, offset: i64) -> Result<Reader<P>, DriverError> {
        let position = checked(path, offset)?;
        let object = self.file(path)?;
        let mut reader = Reader {
            inner: self.0.clone(),
            path: path.to_owned(),
            object,
            offset,
            etag: None,
            position,
            end: position,
            check: None,
            body: None,
            breaks: 0,
        };
        match self.0.client.open_object(path, &reader.object, position, None).await {
            Ok(opened) => {
                reader.end = position.saturating_add(opened.length);
                reader.check = opened.crc64.filter(|_| position == 0).map(|stated| (Crc64::default(), stated));
                reader.etag = opened.etag;
                reader.body = Some(opened.body);
            }
            // At or beyond the end there is nothing, which is no failure.
            Err(error) if position > 0 && is_beyond(&error) => {}
            Err(error) => return Err(DriverError::from(error).at(offset)),
        }
        Ok(reader)
    }
}

impl<P: Ports> Reader<P> {
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
        let Some(etag) = self.etag.as_deref() else {
            return Err(self.failure(
                ErrorKind::Unavailable,
                true,
                "the connection broke, and OSS stated no ETag to go on by",
            ));
        };
        let client = &self.inner.client;
        client.ports.sleep(pause(self.breaks, client.ports.random_u64(), None)).await;
        let opened = client.open_object(&self.path, &self.object, self.position, Some(etag)).await;
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
