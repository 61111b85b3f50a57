//! Uploads of layers and configs.

use super::{ATTEMPTS, PushError, Pushes, link};
use crate::digest::Digest;
use crate::gc::facts::{Kind, Presence};
use crate::gc::rule::Rule;
use crate::name::RepositoryName;
use crate::ports::{Clock, Storage, StorageError};

/// Where the bytes of an uploaded blob come from. Their digest was verified.
pub(crate) trait BlobSource {
    /// Makes sure that the blob is at its final path, by a request that is sent now: a PutObject, a Complete, a copy, or a
    /// look at the final path. Tells its size.
    ///
    /// It is called again after the link was refused or its response lost, and must then find out anew whether the blob is
    /// there: a collection may have deleted it. A source that was copied stays until the link was confirmed.
    ///
    /// # Errors
    /// When a request fails, or the blob is gone and its bytes are not at hand any more.
    fn place(&mut self) -> impl Future<Output = Result<u64, StorageError>>;
}

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Puts a blob at its final path and links it. Requests: those of the source, and 1.
    ///
    /// # Errors
    /// When a request fails, or a collection deletes the digest at the time.
    pub async fn layer<B: BlobSource>(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        source: &mut B,
    ) -> Result<Presence, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            // Until the epoch is over nothing is put at the final path either: a delete could hit it.
            if view.must_wait(digest) {
                self.wait(&view, digest).await?;
                continue;
            }
            let size = if self.keeps(Rule::Order) {
                // Rule 5: the link after the response that the blob is there, both under one view.
                match source.place().await {
                    Ok(size) => size,
                    Err(error) => {
                        last = Some(link::to_repeat(error)?);
                        continue;
                    }
                }
            } else {
                0
            };
            match self.write_link(&view, Kind::Blob, name, digest, digest, size).await {
                Ok(presence) => {
                    if !self.keeps(Rule::Order) {
                        source.place().await?;
                    }
                    return Ok(presence);
                }
                Err(error) => last = Some(link::to_repeat(error)?),
            }
        }
        Err(PushError::given_up(last))
    }
}
