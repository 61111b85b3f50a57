//! What a stream is made of on the host's side: bytes in pieces, or entries in batches.

use super::info::{FileInfo, UploadInfo};
use crate::engine::StoreData;
use crate::wit::blob_driver as wit;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use wasmtime::component::{Lift, Source};
use wasmtime::{AsContextMut, StoreContextMut};

/// The most bytes of a piece.
pub(super) const PIECE: usize = 256 << 10;

/// How many pieces wait for the caller. Of bytes that is 1 MiB.
pub(super) const WAITING: usize = 4;

/// The most entries of a batch.
const BATCH: usize = 256;

/// Items of a stream, several at once.
pub(super) trait Pieces: Send + Sized + Unpin + 'static {
    type Item: Lift + Send + 'static;

    /// What is kept between two pieces.
    type Kept: Default + Send + Unpin;

    /// Takes some of the items that are there. There is at least one.
    fn take(
        store: &mut StoreContextMut<StoreData>,
        source: Source<'_, Self::Item>,
        kept: &mut Self::Kept,
    ) -> wasmtime::Result<Self>;
}

impl Pieces for Bytes {
    type Item = u8;
    type Kept = Lent;

    fn take(store: &mut StoreContextMut<StoreData>, source: Source<'_, u8>, lent: &mut Lent) -> wasmtime::Result<Self> {
        let mut direct = source.as_direct(store.as_context_mut());
        let there = direct.remaining();
        let taken = lent.copy(&there[..there.len().min(PIECE)]);
        direct.mark_read(taken.len());
        Ok(taken)
    }
}

/// The last pieces that the caller got. The memory of one that was let go takes the next: to allocate each anew, and in the
/// command to wipe it, would take as long as the copy itself.
#[derive(Default)]
pub(super) struct Lent(VecDeque<Bytes>);

impl Lent {
    /// As many pieces as can wait for the caller, and the one that the caller has.
    const MOST: usize = WAITING + 1;

    fn copy(&mut self, bytes: &[u8]) -> Bytes {
        let oldest = if self.0.len() == Self::MOST { self.0.pop_front() } else { None };
        let free = oldest.and_then(|oldest| oldest.try_into_mut().ok());
        let mut piece = free.unwrap_or_else(|| BytesMut::with_capacity(bytes.len()));
        piece.clear();
        piece.extend_from_slice(bytes);
        let piece = piece.freeze();
        self.0.push_back(piece.clone());
        piece
    }
}

/// What comes in batches, and what it is in the WIT. Nobody outside can name it.
pub trait Entry: From<Self::Wit> + Send + Unpin + 'static {
    type Wit: Lift + Send + 'static;
}

impl Entry for FileInfo {
    type Wit = wit::FileInfo;
}

impl Entry for UploadInfo {
    type Wit = wit::UploadInfo;
}

impl<E: Entry> Pieces for Vec<E> {
    type Item = E::Wit;
    type Kept = ();

    fn take(
        store: &mut StoreContextMut<StoreData>,
        mut source: Source<'_, E::Wit>,
        (): &mut (),
    ) -> wasmtime::Result<Self> {
        let mut batch = Vec::with_capacity(source.remaining(&mut *store).min(BATCH));
        source.read(store, &mut batch)?;
        Ok(batch.into_iter().map(E::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_is_held_keeps_its_bytes_and_one_let_go_is_used_again() {
        let mut lent = Lent::default();
        let held = lent.copy(&[0; 8]);
        let mut free = Vec::new();
        for number in 1..100_u8 {
            let piece = lent.copy(&[number; 8]);
            assert_eq!(piece, [number; 8][..]);
            free.push(piece.as_ptr());
        }
        assert_eq!(held, [0; 8][..]);
        free.sort_unstable();
        free.dedup();
        assert!(free.len() < 20, "{} buffers for 99 pieces", free.len());
    }
}
