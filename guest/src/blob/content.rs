//! What is written: bytes as they come.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

/// Bytes to be written, in pieces that are small next to a part. A read that is given up for a while loses nothing.
pub type Content<'a> = Pin<Box<dyn Stream<Item = Bytes> + 'a>>;

/// Whether the end of a content was its end, or why not.
pub type End<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// So many zeros at a time.
const ZEROS: u64 = 64 * 1024;

/// So many zeros in all.
pub(super) fn zeros(length: u64) -> Content<'static> {
    let piece = Bytes::from(vec![0; ZEROS.min(length) as usize]);
    Box::pin(futures_util::stream::iter((0..length.div_ceil(ZEROS)).map(move |n| {
        let left = length.saturating_sub(n.saturating_mul(ZEROS)).min(ZEROS);
        let mut piece = piece.clone();
        piece.truncate(left as usize);
        piece
    })))
}
