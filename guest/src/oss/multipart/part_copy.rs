//! UploadPartCopy.

use std::ops::Range;
use std::time::Duration;

use crate::message::Method;

use super::upload_part::UploadedPart;
use crate::endpoint::copy_source;
use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::body::{MAX_DOCUMENT, read_whole};
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::document;
use crate::ports::Ports;

/// The range that a part is copied from.
#[derive(Clone, Debug)]
pub struct PartCopy<'a> {
    /// The object, in the same bucket.
    pub source: &'a ObjectName,
    /// The object's ETag, quoted. It must match, because OSS copies the whole object if the range does not exist in it.
    pub etag: &'a str,
    /// The range of its bytes.
    pub range: Range<u64>,
}

impl<P: Ports> Client<P> {
    /// UploadPartCopy: OSS makes a part from a range of an object, and replaces any part with that number. 1 request,
    /// which may take `extra_time` longer than usual.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] when there is no source; [`crate::error::ErrorKind::Conflict`] when it was
    /// changed; [`crate::error::ErrorKind::Service`] with `NoSuchUpload` when the upload was completed or aborted; and
    /// anything a request can fail with.
    pub async fn upload_part_copy(
        &self,
        key: &str,
        object: &ObjectName,
        upload_id: &str,
        number: u32,
        copy: &PartCopy<'_>,
        extra_time: Duration,
    ) -> Result<UploadedPart, Error> {
        let range = format!("bytes={}-{}", copy.range.start, copy.range.end.saturating_sub(1));
        let mut call = Call::new("UploadPartCopy", Method::Put, Some(key), Some(object.as_str()))
            .param("partNumber", number.to_string())
            .param("uploadId", upload_id)
            .header("x-oss-copy-source", copy_source(&self.settings.bucket, copy.source.as_str()))
            .header("x-oss-copy-source-range", range)
            .header("x-oss-copy-source-if-match", copy.etag);
        call.extra_time = extra_time;
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let etag = document::element(&bytes, "CopyPartResult", "ETag")?;
            Ok(UploadedPart { etag, crc64: headers.crc64() })
        })
        .await
    }
}
