//! The content that is written, as a stream of bytes.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

/// Bytes to be written, in pieces that are small compared with a part. Dropping the future of the next piece loses no
/// bytes.
pub type Content<'a> = Pin<Box<dyn Stream<Item = Bytes> + 'a>>;

/// Resolves to an error if the content ended before it was complete.
pub type End<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// The size of a piece of zeros.
const ZEROS: u64 = 64 * 1024;

/// A content of `length` zeros.
pub(super) fn zeros(length: u64) -> Content<'static> {
    let piece = Bytes::from(vec![0; ZEROS.min(length) as usize]);
    Box::pin(futures_util::stream::iter((0..length.div_ceil(ZEROS)).map(move |n| {
        let left = length.saturating_sub(n.saturating_mul(ZEROS)).min(ZEROS);
        let mut piece = piece.clone();
        piece.truncate(left as usize);
        piece
    })))
}
