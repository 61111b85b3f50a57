//! A file that is being read.

use std::fmt;

use bytes::Bytes;
use ossicle_guest::blob::Reader;
use ossicle_guest::oss::ObjectState;

use crate::blob_driver::{BlobReader, Told};
use crate::native::Native;

/// A file that is being read.
pub struct Reading(pub(super) Reader<Native>);

impl BlobReader for Reading {
    fn state(&self) -> &ObjectState {
        self.0.state()
    }

    async fn piece(&mut self) -> Told<Option<Bytes>> {
        Ok(self.0.chunk().await?)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("state", self.0.state()).finish_non_exhaustive()
    }
}
