//! Reads a file whose bytes the caller verifies: the bodies of the responses are passed on as they come.
//!
//! The caller reports which bytes came. Whether they are complete and right, or how the read continues, is decided
//! here, so that both ways to read retry and fail alike.

use super::driver::Driver;
use super::error::DriverError;
use super::fetch::Fetch;
use super::reader::{ENDED_EARLY, ReadOptions};
use crate::error::{Error, ErrorKind};
use crate::foreign_text::shown;
use crate::oss::ObjectState;
use crate::ports::{Ports, Transport};

/// A file that is being read, and whose bytes the caller verifies.
pub struct UncheckedRead<P: Transport> {
    fetch: Fetch<P>,
    /// How many bytes have come, as the caller reported last.
    received: u64,
}

impl<P: Ports> Driver<P> {
    /// As [`Driver::read`], but the caller verifies the bytes.
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

    /// How many bytes are left to read.
    pub fn remaining(&self) -> u64 {
        self.fetch.remaining()
    }

    /// The CRC-64 that all bytes must have; `None` if only a part of the file is read.
    pub fn crc64(&self) -> Option<u64> {
        self.fetch.crc64
    }

    /// The body to read next; `None` if there is nothing to read.
    pub fn take_body(&mut self) -> Option<P::Body> {
        self.fetch.body.take()
    }

    /// Takes the caller's report of what came so far: how many bytes in all, their CRC-64 if [`Self::crc64`] states
    /// one, and why the body ended early, if known. Returns `None` if the bytes are complete and right, otherwise the
    /// body with the rest.
    ///
    /// # Errors
    /// As [`super::Reader::chunk`], and [`ErrorKind::Conflict`] if fewer bytes are reported than before.
    pub async fn next(
        &mut self,
        received: u64,
        crc64: Option<u64>,
        why: Option<&str>,
    ) -> Result<Option<P::Body>, DriverError> {
        self.next_body(received, crc64, why).await.map_err(|error| self.fetch.with_offset(error))
    }

    async fn next_body(
        &mut self,
        received: u64,
        crc64: Option<u64>,
        why: Option<&str>,
    ) -> Result<Option<P::Body>, Error> {
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
        self.fetch.count_break(why.as_deref().unwrap_or(ENDED_EARLY))?;
        self.fetch.reopen().await?;
        Ok(self.fetch.body.take())
    }
}
