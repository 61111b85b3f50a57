//! CopyObject.

use std::time::Duration;

use crate::message::Method;

use super::attributes::Attributes;
use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::change::{Change, Made};
use super::client::Client;
use super::document;
use crate::endpoint::copy_source;
use crate::error::Error;
use crate::key::ObjectName;
use crate::ports::Ports;

impl<P: Ports> Client<P> {
    /// CopyObject: OSS copies an object of less than 1 GB within the bucket and replaces the destination. 1 request.
    /// With `if_etag`, only while the source has that ETag.
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
    ) -> Result<Made, Error> {
        let (attributes, change) = (Attributes::default(), Change::default());
        self.copy_object_with(key, source, object, if_etag, &attributes, change, Duration::ZERO).await
    }

    /// As [`Client::copy_object`], with attributes, conditions and additional time for the response. OSS does not copy
    /// all attributes of the source: encryption and storage class are set here.
    ///
    /// # Errors
    /// As [`Client::copy_object`]; [`crate::error::ErrorKind::Conflict`] and [`crate::error::ErrorKind::TooLate`] as the
    /// conditions say.
    #[allow(clippy::too_many_arguments, reason = "what is copied where, with what and on which conditions")]
    pub async fn copy_object_with(
        &self,
        key: &str,
        source: &ObjectName,
        object: &ObjectName,
        if_etag: Option<&str>,
        attributes: &Attributes,
        change: Change<'_>,
        extra_time: Duration,
    ) -> Result<Made, Error> {
        let source = copy_source(&self.settings.bucket, source.as_str());
        let mut call = Call::new("CopyObject", Method::Put, Some(key), Some(object.as_str()))
            .header("x-oss-copy-source", source)
            .acl(self.settings.acl)
            .attributes(attributes)
            .change(change);
        call.extra_time = extra_time;
        if let Some(etag) = if_etag {
            call = call.header("x-oss-copy-source-if-match", etag);
        }
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let etag = document::element(&bytes, "CopyObjectResult", "ETag")?;
            Ok(Made::read(&headers, Some(etag)))
        })
        .await
    }
}
