//! CopyObject.

use std::time::Duration;

use crate::message::Method;

use super::attributes::Attributes;
use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document;
use crate::endpoint::copy_source;
use crate::error::Error;
use crate::key::ObjectName;
use crate::ports::Ports;

/// What a copy led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The copy's ETag, quoted.
    pub etag: String,
    /// The copy's CRC-64, where OSS states it.
    pub crc64: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// CopyObject: copies an object of less than 1 GB within the bucket, over any that is there, on OSS's side. 1 request.
    /// With `if_etag` only while the source has that ETag.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] when there is no source; [`crate::error::ErrorKind::Conflict`] when the source
    /// has another ETag; and anything a request can fail with.
    pub async fn copy_object(
        &self,
        key: &str,
        source: &ObjectName,
        object: &ObjectName,
        if_etag: Option<&str>,
    ) -> Result<Copied, Error> {
        self.copy_object_with(key, source, object, if_etag, &Attributes::default(), Duration::ZERO).await
    }

    /// As [`Client::copy_object`], with attributes, which OSS does not all take over from the source (encryption and class
    /// it does not), and with more time than usual for the answer.
    ///
    /// # Errors
    /// As [`Client::copy_object`].
    pub async fn copy_object_with(
        &self,
        key: &str,
        source: &ObjectName,
        object: &ObjectName,
        if_etag: Option<&str>,
        attributes: &Attributes,
        patience: Duration,
    ) -> Result<Copied, Error> {
        let source = copy_source(&self.settings.bucket, source.as_str());
        let mut call = Call::new("CopyObject", Method::Put, Some(key), Some(object.as_str()))
            .header("x-oss-copy-source", source)
            .acl(self.settings.acl)
            .attributes(attributes);
        call.patience = patience;
        if let Some(etag) = if_etag {
            call = call.header("x-oss-copy-source-if-match", etag);
        }
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let etag = document::element(&bytes, "CopyObjectResult", "ETag")?;
            Ok(Copied { etag, crc64: headers.crc64() })
        })
        .await
    }
}
