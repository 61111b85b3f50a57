//! Reading a file whose bytes its caller checks: the bodies of the responses are handed through as they come.
//!
//! What came is the caller's word, and what follows from it is decided here: whether it is all and right, or how the read
//! goes on. So both ways to read go on, give up and fail alike.

use super::driver::Driver;
use super::error::DriverError;
use super::fetch::Fetch;
use super::reader::{ENDED_EARLY, ReadOptions};
use crate::error::{Error, ErrorKind};
use crate::foreign_text::shown;
use crate::oss::ObjectState;
use crate::ports::{Ports, Transport};

/// A file that is being read and whose bytes its caller checks.
pub struct UncheckedRead<P: Transport> {
    fetch: Fetch<P>,
    /// How many bytes have come, as the caller said last.
    received: u64,
}

impl<P: Ports> Driver<P> {
    /// As [`Driver::read`], but that the caller checks the bytes.
    ///
    /// # Errors
    /// As [`Driver::read`].
    pub async fn read_unchecked(
        &self,
        path: &str,
        offset: i64,
        options: ReadOptions<'_>,
    ) -> Result<UncheckedRead<P>, DriverError> {
        Ok(UncheckedRead { fetch: self.fetch(path, offset, options).await?, received: 0 })
    }
}

impl<P: Ports> UncheckedRead<P> {
    /// What OSS stated of the file.
    pub fn state(&self) -> &ObjectState {
        &self.fetch.state
    }

    /// How many bytes are still to come, should all go well.
    pub fn remaining(&self) -> u64 {
        self.fetch.remaining()
    }

    /// The CRC-64 that all bytes must have; none where they are a part of the file.
    pub fn crc64(&self) -> Option<u64> {
        self.fetch.crc64
    }

    /// Gives the body out that is to be read next; none where nothing is to come.
    pub fn take_body(&mut self) -> Option<P::Body> {
        self.fetch.body.take()
    }

    /// Takes the caller's word for what came so far: how many bytes in all, their CRC-64 where they must have one, and why the
    /// body ended early, where that is known. `None` says that this is all, and right; otherwise the rest comes by the body.
    ///
    /// # Errors
    /// As [`super::Reader::chunk`], and [`ErrorKind::Conflict`] when it is less than before.
    pub async fn next(
        &mut self,
        received: u64,
        crc64: Option<u64>,
        why: Option<&str>,
    ) -> Result<Option<P::Body>, DriverError> {
        self.go_on(received, crc64, why).await.map_err(|error| self.fetch.told(error))
    }

    async fn go_on(&mut self, received: u64, crc64: Option<u64>, why: Option<&str>) -> Result<Option<P::Body>, Error> {
        let Some(more) = received.checked_sub(self.received) else {
            return Err(self.fetch.failure(
                ErrorKind::Conflict,
                false,
                "fewer bytes are said to have come than before",
            ));
        };
        self.fetch.advance(more)?;
        self.received = received;
        if self.fetch.remaining() == 0 {
            self.fetch.check(crc64)?;
            return Ok(None);
        }
        let why = why.map(|why| shown(why, str::to_owned));
        self.fetch.broke(why.as_deref().unwrap_or(ENDED_EARLY))?;
        self.fetch.reopen().await?;
        Ok(self.fetch.body.take())
    }
}
