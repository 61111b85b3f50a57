//! Stores a value under a key that has none.

use bytes::Bytes;

use super::storage::Storage;
use crate::error::{Error, ErrorKind};
use crate::oss::{Guard, Versioning};
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// Stores a value under a key that has none: of several concurrent calls one succeeds. 1 request; 1 more for the
    /// first one of a storage, and 1 more if a response was lost.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the key has a value; [`ErrorKind::Unsupported`] if versioning is, or once was,
    /// enabled, and then nothing is written; otherwise as [`Storage::store`].
    pub async fn create(&self, key: &str, value: Bytes) -> Result<(), Error> {
        self.create_in(key, value, None).await
    }

    /// The same, but OSS performs it only within a window of its own time.
    pub(crate) async fn create_in(&self, key: &str, value: Bytes, guard: Option<Guard<'_>>) -> Result<(), Error> {
        let content = self.content(key, value)?;
        self.check_versioning(key).await?;
        self.client.create_object(key, &content.object, content.bytes, &content.attributes, guard).await
    }

    /// Checks that versioning was never enabled: otherwise OSS overwrites objects whatever the request says. This is
    /// checked once, so versioning that is enabled later is noticed only by the next instance.
    async fn check_versioning(&self, key: &str) -> Result<(), Error> {
        if self.is_unversioned.get() {
            return Ok(());
        }
        let versioning = self.client.get_bucket_versioning().await;
        match versioning.map_err(|error| Error { key: Some(key.to_owned()), ..error })? {
            Versioning::Never => {
                self.is_unversioned.set(true);
                Ok(())
            }
            Versioning::Enabled | Versioning::Suspended => {
                let message = "versioning is or once was on for the bucket, and there OSS does not refuse to overwrite: \
                               hold a lock, look, and store";
                Err(Error::new(ErrorKind::Unsupported, key, message))
            }
        }
    }
}
