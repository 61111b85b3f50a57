//! The transfer of a file: the position of the next byte, and how the read continues when the connection breaks.

use std::rc::Rc;

use super::driver::{Driver, Inner, check_offset};
use super::error::DriverError;
use super::reader::ReadOptions;
use crate::error::{Answer, Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Condition, ObjectState, Opened, Wanted, pause};
use crate::ports::{Ports, Transport};

/// The transfer of a file, for readers that verify the bytes and for those that leave it to their caller.
pub(super) struct Fetch<P: Transport> {
    inner: Rc<Inner<P>>,
    path: String,
    object: ObjectName,
    /// The offset that the caller gave, for errors.
    offset: i64,
    /// What OSS stated of the file.
    pub(super) state: ObjectState,
    /// The position of the next byte in the file, and the position where the read ends.
    position: u64,
    end: u64,
    /// The CRC-64 that OSS states, if the file is read as a whole.
    pub(super) crc64: Option<u64>,
    /// `None` if nothing is left to read, and after the connection broke.
    pub(super) body: Option<P::Body>,
    /// The response that the body belongs to.
    answer: Option<Answer>,
    /// How often the connection broke since the last byte.
    breaks: u8,
}

impl<P: Ports> Driver<P> {
    /// Requests a file from an offset on: 1 request, 2 if there is nothing to read.
    pub(super) async fn fetch(
        &self,
        path: &str,
        offset: i64,
        options: ReadOptions<'_>,
    ) -> Result<Fetch<P>, DriverError> {
        let position = check_offset(path, offset)?;
        let object = self.file(path)?;
        let mut fetch = Fetch {
            inner: self.0.clone(),
            path: path.to_owned(),
            object,
            offset,
            state: ObjectState::default(),
            position,
            end: position,
            crc64: None,
            body: None,
            answer: None,
            breaks: 0,
        };
        let ReadOptions { length, condition } = options;
        let opened = match length {
            Some(0) => None,
            _ => {
                let wanted = Wanted { offset: position, length, condition };
                match self.0.client.open_object(path, &fetch.object, wanted).await {
                    Ok(opened) => Some(opened),
                    // An offset at or beyond the end is not an error: there is nothing to read.
                    Err(error) if is_beyond(&error) => None,
                    Err(error) => return Err(DriverError::from(error).at(offset)),
                }
            }
        };
        match opened {
            Some(opened) => {
                let is_whole = position == 0 && opened.length == opened.state.size;
                fetch.end = position.saturating_add(opened.length);
                fetch.crc64 = opened.crc64.filter(|_| is_whole);
                fetch.state = opened.state;
                fetch.answer = Some(opened.answer);
                fetch.body = Some(opened.body);
            }
            None => {
                let seen = self.0.client.head_object_if(path, &fetch.object, condition).await;
                fetch.state = seen.map_err(|error| DriverError::from(error).at(offset))?;
            }
        }
        Ok(fetch)
    }
}

impl<P: Ports> Fetch<P> {
    /// How many bytes are left to read.
    pub(super) fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// The error with the offset that the caller gave.
    pub(super) fn with_offset(&self, error: Error) -> DriverError {
        DriverError::from(error).at(self.offset)
    }

    /// Counts received bytes.
    pub(super) fn advance(&mut self, length: u64) -> Result<(), Error> {
        if length > self.remaining() {
            return Err(self.failure(ErrorKind::Corrupt, true, "more bytes came than the answer stated"));
        }
        if length > 0 {
            self.position += length;
            self.breaks = 0;
        }
        Ok(())
    }

    /// Compares the CRC-64 of all bytes with the one that OSS states, if OSS states one.
    pub(super) fn check(&self, computed: Option<u64>) -> Result<(), Error> {
        if self.crc64.is_some() && computed != self.crc64 {
            let message = "the CRC-64 of the bytes differs from the one that OSS states";
            return Err(self.failure(ErrorKind::Corrupt, true, message));
        }
        Ok(())
    }

    /// Counts a break of the connection. Fails if the connection broke too often without a byte in between.
    pub(super) fn count_break(&mut self, why: &str) -> Result<(), Error> {
        self.body = None;
        self.breaks = self.breaks.saturating_add(1);
        if self.breaks < self.inner.client.settings().attempts {
            return Ok(());
        }
        Err(self.failure(ErrorKind::Unavailable, true, &format!("{why}, {} times", self.breaks)))
    }

    /// Requests the rest of the same object after the connection broke.
    pub(super) async fn reopen(&mut self) -> Result<(), Error> {
        let Some(etag) = self.state.etag.as_deref() else {
            return Err(self.failure(
                ErrorKind::Unavailable,
                true,
                "the connection broke, and OSS stated no ETag to go on by",
            ));
        };
        let client = &self.inner.client;
        client.ports.sleep(pause(self.breaks, client.ports.random_u64(), None)).await;
        // A length is needed only if the read ends before the object does.
        let length = (self.end < self.state.size).then(|| self.remaining());
        let condition = Condition { if_match: Some(etag), if_none_match: None };
        let wanted = Wanted { offset: self.position, length, condition };
        let opened = client.open_object(&self.path, &self.object, wanted).await;
        let Opened { length, body, answer, .. } = opened.map_err(|error| self.changed(error))?;
        self.answer = Some(answer);
        if length != self.remaining() {
            return Err(self.failure(ErrorKind::Corrupt, true, "the object has another size than before"));
        }
        self.body = Some(body);
        Ok(())
    }

    /// Turns an error into [`ErrorKind::Conflict`] if it shows that the object was removed or replaced during the read.
    fn changed(&self, error: Error) -> Error {
        if error.kind == ErrorKind::NotFound || error.kind == ErrorKind::Conflict || is_beyond(&error) {
            let message = "the file was changed while it was read".to_owned();
            return Error { kind: ErrorKind::Conflict, message, retryable: true, ..error };
        }
        error
    }

    /// An error about the body of the last response.
    pub(super) fn failure(&self, kind: ErrorKind, retryable: bool, message: &str) -> Error {
        let message = format!("GetObject: {message} (at byte {} of {})", self.position, self.end);
        let answer = self.answer.clone().map(Box::new);
        Error { retryable, answer, ..Error::new(kind, &self.path, message) }
    }
}

fn is_beyond(error: &Error) -> bool {
    error.answer.as_ref().is_some_and(|answer| answer.status == 416)
}
