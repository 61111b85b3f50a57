//! Reading a file as its bytes come: over broken connections, and checked to the end.

use bytes::Bytes;

use super::driver::Driver;
use super::error::DriverError;
use super::fetch::Fetch;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::oss::{Condition, ObjectState};
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
    fetch: Fetch<P>,
    /// The CRC-64 so far, of a file that is read as a whole.
    own: Crc64,
}

impl<P: Ports> Driver<P> {
    /// The content of a file from an offset on; nothing at or beyond its end. 1 request, 2 where there is nothing, and 1 more
    /// whenever the connection breaks.
    ///
    /// # Errors
    /// [`super::Reason::InvalidOffset`]; [`ErrorKind::NotFound`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as
    /// the condition says; and anything a request can fail with.
    pub async fn read(&self, path: &str, offset: i64, options: ReadOptions<'_>) -> Result<Reader<P>, DriverError> {
        Ok(Reader { fetch: self.fetch(path, offset, options).await?, own: Crc64::default() })
    }
}

impl<P: Ports> Reader<P> {
    /// What OSS stated of the file.
    pub fn state(&self) -> &ObjectState {
        &self.fetch.state
    }

    /// How many bytes are still to come, should all go well.
    pub fn remaining(&self) -> u64 {
        self.fetch.remaining()
    }

    /// The next bytes; `None` after the last one, once they have been checked.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the bytes that came are not those that OSS holds; [`ErrorKind::Conflict`] when the file
    /// was changed meanwhile; and anything a request can fail with. What came before is not the whole then.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, DriverError> {
        self.next().await.map_err(|error| self.fetch.told(error))
    }

    /// Takes a buffer back that a chunk came in.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        if let Some(body) = &mut self.fetch.body {
            body.reuse(buffer);
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.fetch.remaining() > 0 {
            let Some(body) = &mut self.fetch.body else {
                self.fetch.reopen().await?;
                continue;
            };
            match body.chunk().await {
                Ok(Some(bytes)) => {
                    self.fetch.advance(bytes.len() as u64)?;
                    if self.fetch.crc64.is_some() {
                        self.own.update(&bytes);
                    }
                    return Ok(Some(bytes));
                }
                Ok(None) => self.fetch.broke(ENDED_EARLY)?,
                Err(TransportError { kind: TransportErrorKind::Refused, message }) => {
                    return Err(self.fetch.failure(ErrorKind::Unavailable, false, &message));
                }
                Err(error) => self.fetch.broke(&error.message)?,
            }
        }
        self.fetch.body = None;
        self.fetch.check(Some(self.own.value()))?;
        Ok(None)
    }
}

/// Why a read goes on where nothing else is known.
pub(super) const ENDED_EARLY: &str = "the answer ended early";
