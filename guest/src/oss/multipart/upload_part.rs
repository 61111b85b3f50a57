//! UploadPart.

use crate::error::Error;
use crate::key::ObjectName;
use crate::message::Method;
use crate::oss::attempt::AttemptError;
use crate::oss::body::check_crc64_value;
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::headers;
use crate::oss::object::OCTETS;
use crate::ports::Ports;

use super::part_content::PartContent;

/// A stored part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedPart {
    /// Its ETag, quoted.
    pub etag: String,
    /// Its CRC-64; for a copy only if OSS states it.
    pub crc64: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// UploadPart: sends a part of an upload and replaces any part with that number. `md5` says whether to send its
    /// MD5. 1 request.
    ///
    /// Without the MD5, OSS stores a part even if it was damaged in transit. The CRC-64 in the response then differs,
    /// which is an error, and the part is sent again.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] if OSS received other bytes than were sent;
    /// [`crate::error::ErrorKind::Service`] with `NoSuchUpload` if the upload was completed or aborted; and anything a
    /// request can fail with.
    pub async fn upload_part(
        &self,
        key: &str,
        object: &ObjectName,
        upload_id: &str,
        number: u32,
        content: PartContent,
        md5: bool,
    ) -> Result<UploadedPart, Error> {
        let call = Call::new("UploadPart", Method::Put, Some(key), Some(object.as_str()))
            .param("partNumber", number.to_string())
            .param("uploadId", upload_id);
        let crc64 = content.crc64();
        let bytes = content.into_bytes();
        let call = if md5 { call.body(bytes, OCTETS) } else { call.unguarded_body(bytes, OCTETS) };
        self.perform(&call, async |received| {
            let crc64 = check_crc64_value(&received.headers, crc64)?;
            let etag = headers::text(&received.headers, "etag").filter(|etag| !etag.is_empty());
            let etag = etag.ok_or_else(|| AttemptError::corrupt("OSS's answer has no ETag"))?;
            Ok(UploadedPart { etag, crc64: Some(crc64) })
        })
        .await
    }
}
