//! A file that is being written.

use std::fmt;
use std::rc::Rc;

use ossicle::PublishOptions;
use ossicle_guest::blob::{Stored, Written};
use wasmtime::component::ResourceAny;

use super::PIECE;
use super::instance::{Instance, call};
use crate::blob_driver::{BlobWriter, Told};

/// A file that is being written.
pub struct Writing {
    instance: Rc<Instance>,
    writer: ResourceAny,
}

impl Writing {
    pub(super) fn new(instance: Rc<Instance>, writer: ResourceAny) -> Self {
        Self { instance, writer }
    }

    /// `write`.
    pub async fn add(&mut self, piece: &[u8]) -> Told<()> {
        Ok(call!(self.instance, file_writer(self.writer).call_write(piece))?)
    }
}

impl BlobWriter for Writing {
    const WAITS: bool = false;

    async fn write(&mut self, content: &[u8]) -> Told<()> {
        for piece in content.chunks(PIECE) {
            self.add(piece).await?;
        }
        Ok(())
    }

    async fn size(&self) -> Told<u64> {
        Ok(call!(self.instance, file_writer(self.writer).call_size()))
    }

    async fn upload_id(&self) -> Told<Option<String>> {
        Ok(call!(self.instance, file_writer(self.writer).call_upload_id()))
    }

    async fn stored(&self) -> Told<Stored> {
        Ok(call!(self.instance, file_writer(self.writer).call_stored()).into())
    }

    async fn close(&mut self) -> Told<()> {
        Ok(call!(self.instance, file_writer(self.writer).call_close())?)
    }

    async fn cancel(&mut self) -> Told<()> {
        Ok(call!(self.instance, file_writer(self.writer).call_cancel())?)
    }

    async fn commit_with(&mut self, options: PublishOptions) -> Told<Written> {
        Ok(call!(self.instance, file_writer(self.writer).call_commit(options.into()))?.into())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.instance.drop_resource(self.writer);
    }
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing").finish_non_exhaustive()
    }
}
