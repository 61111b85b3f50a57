//! CompleteMultipartUpload.

use crate::message::Method;
use bytes::Bytes;

use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::body::{MAX_DOCUMENT, read_whole};
use crate::oss::call::Call;
use crate::oss::change::{Change, Made};
use crate::oss::client::Client;
use crate::oss::document;
use crate::ports::Ports;

impl<P: Ports> Client<P> {
    /// CompleteMultipartUpload: makes an object from parts, which are given by ascending number, each with its ETag. 1
    /// request.
    ///
    /// A second request can only fail: after an error that leaves the outcome open, the caller must look at the object.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Service`] with `NoSuchUpload` when the upload was completed or aborted, with
    /// `InvalidPart` or `EntityTooSmall` when a part is another one or too small; [`crate::error::ErrorKind::Conflict`] and
    /// [`crate::error::ErrorKind::TooLate`] as the conditions say; and anything a request can fail with.
    pub async fn complete_upload(
        &self,
        key: &str,
        object: &ObjectName,
        upload_id: &str,
        parts: &[(u32, String)],
        change: Change<'_>,
    ) -> Result<Made, Error> {
        let mut body = String::from("<CompleteMultipartUpload>");
        for (number, etag) in parts {
            let number = number.to_string();
            let etag = document::escape(etag);
            body.extend(["<Part><PartNumber>", &number, "</PartNumber><ETag>", &etag, "</ETag></Part>"]);
        }
        body.push_str("</CompleteMultipartUpload>");
        let call = Call::new("CompleteMultipartUpload", Method::Post, Some(key), Some(object.as_str()))
            .param("uploadId", upload_id)
            .param("encoding-type", "url")
            // The ACL of this request counts: OSS's clients send it here, and OSS's documentation of
            // InitiateMultipartUpload does not mention it.
            .acl(self.settings.acl)
            .change(change)
            .body(Bytes::from(body), "application/xml");
        self.perform(&call, async |received| {
            let (headers, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let etag = document::element(&bytes, "CompleteMultipartUploadResult", "ETag")?;
            Ok(Made::read(&headers, Some(etag)))
        })
        .await
    }
}
