//! Confirms uploads of layers and configs.

use super::{ATTEMPTS, PushError, Pushes, link};
use crate::digest::Digest;
use crate::gc::facts::{Kind, Presence};
use crate::gc::rule::Rule;
use crate::name::RepositoryName;
use crate::ports::{Clock, Storage, StorageError};

/// The source of an uploaded blob, whose digest was verified.
pub(crate) trait BlobSource {
    /// Makes sure that the blob is at its final path, by a request that is sent now: a PutObject, a Complete, a copy,
    /// or a read of the metadata at the final path. Returns its size in bytes.
    ///
    /// This is called again after the write of the link was rejected or its response lost, and must then check again
    /// whether the blob exists: a collection may have deleted it. The source of a copy must be kept until the link was
    /// confirmed.
    ///
    /// # Errors
    /// If a request fails, or the blob was deleted and its bytes are no longer available.
    fn place(&mut self) -> impl Future<Output = Result<u64, StorageError>>;
}

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Stores a blob at its final path and links it. Requests: those of the source, and 1.
    ///
    /// # Errors
    /// If a request fails, or a collection is deleting the digest.
    pub async fn layer<B: BlobSource>(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        source: &mut B,
    ) -> Result<Presence, PushError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let view = self.view().await?;
            // Until the epoch is over nothing is stored at the final path either, because a delete could remove it.
            if view.must_wait(digest) {
                self.wait(&view, digest).await?;
                continue;
            }
            let size = if self.keeps(Rule::Order) {
                // Rule 5: the link is written after the response that the blob exists, both under one view.
                match source.place().await {
                    Ok(size) => size,
                    Err(error) => {
                        last = Some(link::retryable(error)?);
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
                Err(error) => last = Some(link::retryable(error)?),
            }
        }
        Err(PushError::given_up(last))
    }
}
