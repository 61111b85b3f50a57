//! A file that is being written, as a behaviour suite sees it.

use std::fmt::Debug;
use std::future::Future;

use ossicle::PublishOptions;
use ossicle_guest::blob::{Stored, Written};

use super::{BlobFailed, Told};

/// The functions of the WIT's resource `file-writer`.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait BlobWriter: Debug {
    /// Whether `write` returns once every whole part has arrived. Where it does not, a call that follows tells what became of
    /// them.
    const WAITS: bool;

    fn write(&mut self, content: &[u8]) -> impl Future<Output = Told<()>>;
    fn size(&self) -> impl Future<Output = Told<u64>>;
    fn upload_id(&self) -> impl Future<Output = Told<Option<String>>>;
    fn stored(&self) -> impl Future<Output = Told<Stored>>;
    fn close(&mut self) -> impl Future<Output = Told<()>>;
    fn cancel(&mut self) -> impl Future<Output = Told<()>>;
    fn commit_with(&mut self, options: PublishOptions) -> impl Future<Output = Told<Written>>;

    fn commit(&mut self) -> impl Future<Output = Told<Written>> {
        self.commit_with(PublishOptions::new())
    }

    /// What bytes that can't be written fail by: in the call that brings them, or in the one that waits for them.
    ///
    /// # Panics
    /// If they are written.
    fn refused(&mut self, content: &[u8]) -> impl Future<Output = BlobFailed> {
        async move {
            match self.write(content).await {
                Err(failed) => failed,
                Ok(()) if Self::WAITS => panic!("it was written"),
                Ok(()) => self.commit().await.expect_err("it can't be written"),
            }
        }
    }
}
