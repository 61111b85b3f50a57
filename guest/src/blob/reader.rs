//! Reads a file as a stream: continues after broken connections and verifies the bytes at the end.

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
    /// The most bytes to read; by default to the file's end.
    pub length: Option<u64>,
    /// The condition on which OSS returns the file.
    pub condition: Condition<'a>,
}

/// A file that is being read.
pub struct Reader<P: Transport> {
    fetch: Fetch<P>,
    /// The CRC-64 of the bytes so far; compared only if the file is read as a whole.
    computed: Crc64,
}

impl<P: Ports> Driver<P> {
    /// Reads a file from an offset on; nothing at or beyond the file's end. 1 request, 2 if there is nothing to read,
    /// and 1 more whenever the connection breaks.
    ///
    /// # Errors
    /// [`super::Reason::InvalidOffset`]; [`ErrorKind::NotFound`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as
    /// the condition says; and anything a request can fail with.
    pub async fn read(&self, path: &str, offset: i64, options: ReadOptions<'_>) -> Result<Reader<P>, DriverError> {
        Ok(Reader { fetch: self.fetch(path, offset, options).await?, computed: Crc64::default() })
    }
}

impl<P: Ports> Reader<P> {
    /// What OSS stated of the file.
    pub fn state(&self) -> &ObjectState {
        &self.fetch.state
    }

    /// How many bytes are left to read.
    pub fn remaining(&self) -> u64 {
        self.fetch.remaining()
    }

    /// The next bytes; `None` after the last ones, once all of them are verified.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if the received bytes are not those that OSS stores; [`ErrorKind::Conflict`] if the file
    /// was changed meanwhile; and anything a request can fail with. The bytes that came before are then not the whole
    /// content.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, DriverError> {
        self.next().await.map_err(|error| self.fetch.with_offset(error))
    }

    /// Takes back the buffer of a chunk, to use it for a later one.
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
                        self.computed.update(&bytes);
                    }
                    return Ok(Some(bytes));
                }
                Ok(None) => self.fetch.count_break(ENDED_EARLY)?,
                Err(TransportError { kind: TransportErrorKind::Refused, message }) => {
                    return Err(self.fetch.failure(ErrorKind::Unavailable, false, &message));
                }
                Err(error) => self.fetch.count_break(&error.message)?,
            }
        }
        self.fetch.body = None;
        self.fetch.check(Some(self.computed.value()))?;
        Ok(None)
    }
}

/// Why a connection counts as broken if its body ended without an error.
pub(super) const ENDED_EARLY: &str = "the answer ended early";
