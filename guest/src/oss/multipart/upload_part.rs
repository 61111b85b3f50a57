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

/// A part that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedPart {
    /// Its ETag, quoted.
    pub etag: String,
    /// Its CRC-64; after a copy only where OSS states it.
    pub crc64: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// UploadPart: sends a part of an upload, in place of any of that number, and with its MD5 if that is asked for. 1
    /// request.
    ///
    /// Without it OSS stores a part that was damaged on its way. Its answer then states another CRC-64, which is an error, and
    /// the part is sent again.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] when what arrived is not what was sent; [`crate::error::ErrorKind::Service`] with `NoSuchUpload` when
    /// the upload was completed or aborted; and anything a request can fail with.
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
