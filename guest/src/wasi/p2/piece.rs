//! The bytes that one call passes.

use bytes::Bytes;

use crate::blob;
use crate::error::{Error, ErrorKind};

/// The most bytes that one call reads or writes: hosts that make a value of each byte have no room for more.
pub(super) const MAX_PIECE: usize = 1 << 20;

/// Bytes that a caller passes in.
pub(super) fn given(path: &str, bytes: Vec<u8>) -> Result<Bytes, blob::DriverError> {
    if bytes.len() > MAX_PIECE {
        let message = format!("{} bytes are more than the {MAX_PIECE} that one call takes", bytes.len());
        return Err(Error::new(ErrorKind::Unsupported, path, message).into());
    }
    Ok(bytes.into())
}
