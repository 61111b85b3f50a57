//! A content that is written into a file by `write-stream`.

use std::rc::Rc;

use ossicle_guest::blob::Written;
use wasmtime::component::ResourceAny;

use super::instance::{Instance, call};
use crate::blob_driver::Told;

/// A content that is written into a file.
pub struct Upload {
    instance: Rc<Instance>,
    writer: ResourceAny,
}

impl Upload {
    pub(super) fn new(instance: Rc<Instance>, writer: ResourceAny) -> Self {
        Self { instance, writer }
    }

    /// `write`.
    pub async fn write(&self, piece: &[u8]) -> Told<()> {
        Ok(call!(self.instance, content_writer(self.writer).call_write(piece))?)
    }

    /// `finish`.
    pub async fn finish(&self) -> Told<(u64, Written)> {
        let (count, written) = call!(self.instance, content_writer(self.writer).call_finish())?;
        Ok((count, written.into()))
    }

    /// `cancel`.
    pub async fn cancel(&self) -> Told<()> {
        Ok(call!(self.instance, content_writer(self.writer).call_cancel())?)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.instance.drop_resource(self.writer);
    }
}
