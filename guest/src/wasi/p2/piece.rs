//! The bytes of one call.

use bytes::Bytes;

use crate::blob;
use crate::error::{Error, ErrorKind};

/// The most that one call reads or writes: for more, hosts that make a value of each byte have no room.
pub(super) const MOST: usize = 1 << 20;

/// Bytes that a caller passes in.
pub(super) fn given(path: &str, bytes: Vec<u8>) -> Result<Bytes, blob::DriverError> {
    if bytes.len() > MOST {
        let message = format!("{} bytes are more than the {MOST} that one call takes", bytes.len());
        return Err(Error::new(ErrorKind::Unsupported, path, message).into());
    }
    Ok(bytes.into())
}
