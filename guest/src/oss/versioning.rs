//! GetBucketVersioning.

use crate::message::Method;

use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document::{self, DocumentError};
use crate::error::Error;
use crate::ports::Ports;

/// Whether versioning is enabled in a bucket. `x-oss-forbid-overwrite` works only if it never was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// Versioning was never enabled.
    Never,
    /// Versioning is enabled.
    Enabled,
    /// Versioning was enabled once.
    Suspended,
}

impl<P: Ports> Client<P> {
    /// Asks OSS whether versioning is enabled in the bucket. 1 request.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn get_bucket_versioning(&self) -> Result<Versioning, Error> {
        let call = Call::new("GetBucketVersioning", Method::Get, None, None).flag("versioning");
        self.perform(&call, async |received| {
            let (_, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let mut status = Versioning::Never;
            document::read(&bytes, "VersioningConfiguration", |path, text| {
                status = match (path, text) {
                    (["Status"], "Enabled") => Versioning::Enabled,
                    (["Status"], "Suspended") => Versioning::Suspended,
                    (["Status"], "") => Versioning::Never,
                    (["Status"], _) => return Err(DocumentError::WrongElement("Status")),
                    _ => status,
                };
                Ok(())
            })?;
            Ok(status)
        })
        .await
    }
}
