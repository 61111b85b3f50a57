//! Frames of bodies.

use bytes::Bytes;

/// A body's data frame, where it is one.
pub(super) fn data(frame: &http_body::Frame<Bytes>) -> usize {
    frame.data_ref().map_or(0, Bytes::len)
}
