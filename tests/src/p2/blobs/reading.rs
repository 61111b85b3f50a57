//! A file that is being read.

use std::fmt;
use std::rc::Rc;

use bytes::Bytes;
use ossicle_guest::oss::ObjectState;
use wasmtime::component::ResourceAny;

use super::PIECE;
use super::instance::{Instance, call};
use crate::blob_driver::{BlobReader, Told};
use crate::p2::bindings::blob_driver::FileState;

/// A file that is being read.
pub struct Reading {
    instance: Rc<Instance>,
    reader: ResourceAny,
    state: ObjectState,
}

impl Reading {
    pub(super) fn new(instance: Rc<Instance>, (state, reader): (FileState, ResourceAny)) -> Self {
        Self { instance, reader, state: state.into() }
    }

    /// `read`.
    pub async fn read(&mut self, most: u32) -> Told<Vec<u8>> {
        Ok(call!(self.instance, file_reader(self.reader).call_read(most))?)
    }
}

impl BlobReader for Reading {
    fn state(&self) -> &ObjectState {
        &self.state
    }

    async fn piece(&mut self) -> Told<Option<Bytes>> {
        let piece = self.read(PIECE as u32).await?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.instance.drop_resource(self.reader);
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("state", &self.state).finish_non_exhaustive()
    }
}
