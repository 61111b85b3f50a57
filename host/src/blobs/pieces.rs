//! What a stream is made of on the host's side: bytes in pieces, or entries in batches.

use super::info::{FileInfo, UploadInfo};
use crate::engine::StoreData;
use crate::wit::blob_driver as wit;
use bytes::Bytes;
use wasmtime::component::{Lift, Source};
use wasmtime::{AsContextMut, StoreContextMut};

/// The most bytes of a piece.
pub(super) const PIECE: usize = 256 << 10;

/// The most entries of a batch.
const BATCH: usize = 256;

/// Items of a stream, several at once.
pub(super) trait Pieces: Send + Sized + Unpin + 'static {
    type Item: Lift + Send + 'static;

    /// Takes some of the items that are there. There is at least one.
    fn take(store: &mut StoreContextMut<StoreData>, source: Source<'_, Self::Item>) -> wasmtime::Result<Self>;
}

impl Pieces for Bytes {
    type Item = u8;

    fn take(store: &mut StoreContextMut<StoreData>, source: Source<'_, u8>) -> wasmtime::Result<Self> {
        let mut direct = source.as_direct(store.as_context_mut());
        let there = direct.remaining();
        let taken = Self::copy_from_slice(&there[..there.len().min(PIECE)]);
        direct.mark_read(taken.len());
        Ok(taken)
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

    fn take(store: &mut StoreContextMut<StoreData>, mut source: Source<'_, E::Wit>) -> wasmtime::Result<Self> {
        let mut batch = Vec::with_capacity(source.remaining(&mut *store).min(BATCH));
        source.read(store, &mut batch)?;
        Ok(batch.into_iter().map(E::from).collect())
    }
}
