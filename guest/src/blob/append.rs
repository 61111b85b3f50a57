//! Appends at a position, which OSS compares with the file's size in the same request, and reads the last bytes of a
//! file.

use bytes::Bytes;

use super::conditions::{Conditions, TimeSpan};
use super::driver::{Driver, MAX_CONTENT, unsupported};
use super::error::DriverError;
use super::written::Written;
use crate::checksum::Crc64;
use crate::oss::{Appending, Condition, LoadedSuffix, Made};
use crate::ports::Ports;

/// The most bytes that are read from a file's end in one call.
const MAX_TAIL: u64 = 16 << 20;

impl<P: Ports> Driver<P> {
    /// Appends bytes to a file that was made by appending, has `position` bytes and, if `before` is given, this CRC-64.
    /// Position 0 creates the file. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Conflict`] if the file has another length or was not made by appending;
    /// [`crate::error::ErrorKind::Corrupt`] if OSS now stores other bytes; [`crate::error::ErrorKind::TooLate`];
    /// [`crate::error::ErrorKind::Unsupported`] if the content is too large or the window is invalid; and anything a
    /// request can fail with.
    pub async fn append(
        &self,
        path: &str,
        position: u64,
        before: Option<u64>,
        content: Bytes,
        window: Option<TimeSpan>,
    ) -> Result<Written, DriverError> {
        let object = self.file(path)?;
        let conditions = Conditions::within(path, window)?;
        if content.len() as u64 > MAX_CONTENT {
            let message = format!("the content has {} bytes, and at most {MAX_CONTENT} can be appended", content.len());
            return Err(unsupported(path, message));
        }
        let before = before.map(Crc64::after);
        let attributes = self.0.attributes(None);
        let how = Appending { attributes: Some(&attributes), guard: conditions.guard(), ..Appending::default() };
        let client = &self.0.client;
        let done = client.append_object_as(path, &object, position, before.as_ref(), content, how).await?;
        let made = Made { etag: done.etag, crc64: Some(done.crc64), date: done.date };
        Ok(Written::from_answer(done.next_position, made, &conditions))
    }

    /// The last bytes of a file, or all of them if it has fewer. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`]; [`crate::error::ErrorKind::Conflict`] and
    /// [`crate::error::ErrorKind::NotModified`] as the condition says; [`crate::error::ErrorKind::Unsupported`] for none or
    /// too many bytes; and anything a request can fail with.
    pub async fn read_tail(
        &self,
        path: &str,
        length: u64,
        condition: Condition<'_>,
    ) -> Result<LoadedSuffix, DriverError> {
        let object = self.file(path)?;
        if !(1..=MAX_TAIL).contains(&length) {
            return Err(unsupported(path, format!("1 to {MAX_TAIL} bytes of a file's end can be read, not {length}")));
        }
        Ok(self.0.client.get_object_tail_if(path, &object, length, condition).await?)
    }
}
