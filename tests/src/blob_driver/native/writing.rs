//! A file that is being written.

use std::fmt;

use ossicle::PublishOptions;
use ossicle_guest::blob::{Stored, Writer, Written};

use super::convert;
use crate::blob_driver::{BlobWriter, Told};
use crate::native::Native;

/// A file that is being written.
pub struct Writing(pub(super) Writer<Native>);

impl BlobWriter for Writing {
    const WAITS: bool = true;

    async fn write(&mut self, content: &[u8]) -> Told<()> {
        let taken = self.0.write(&mut convert::pieces(content)).await?;
        assert_eq!(taken, content.len() as u64);
        Ok(())
    }

    async fn size(&self) -> Told<u64> {
        Ok(self.0.size())
    }

    async fn upload_id(&self) -> Told<Option<String>> {
        Ok(self.0.upload_id().as_deref().map(str::to_owned))
    }

    async fn stored(&self) -> Told<Stored> {
        Ok((*self.0.stored()).clone())
    }

    async fn close(&mut self) -> Told<()> {
        Ok(self.0.close().await?)
    }

    async fn cancel(&mut self) -> Told<()> {
        Ok(self.0.cancel().await?)
    }

    async fn commit_with(&mut self, options: PublishOptions) -> Told<Written> {
        Ok(self.0.commit(convert::publish(options)).await?)
    }
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing").finish_non_exhaustive()
    }
}
