//! The items of a stream on the host's side: pieces of bytes, or batches of entries.

use super::info::{FileInfo, UploadInfo};
use crate::engine::StoreData;
use crate::wit::blob_driver as wit;
use wasmtime::StoreContextMut;
use wasmtime::component::{Lift, Source};

/// The most bytes of a piece.
pub(super) const PIECE: usize = 256 << 10;

/// How many pieces wait for the caller. Of bytes that is 1 MiB.
pub(super) const WAITING: usize = 4;

/// The most entries of a batch.
const BATCH: usize = 256;

/// An offset as the WIT counts. No object is so large that it would be another one.
pub(super) fn place(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
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

/// Takes some of the entries that are there. There is at least one.
pub(super) fn take<E: Entry>(
    store: &mut StoreContextMut<StoreData>,
    mut source: Source<'_, E::Wit>,
) -> wasmtime::Result<Vec<E>> {
    let mut batch = Vec::with_capacity(source.remaining(&mut *store).min(BATCH));
    source.read(store, &mut batch)?;
    Ok(batch.into_iter().map(E::from).collect())
}
