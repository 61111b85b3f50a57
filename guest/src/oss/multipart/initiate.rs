//! InitiateMultipartUpload.

use crate::message::Method;

use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::attributes::Attributes;
use crate::oss::body::{MAX_DOCUMENT, read_whole};
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::document;
use crate::oss::object::OCTETS;
use crate::ports::Ports;

impl<P: Ports> Client<P> {
    /// InitiateMultipartUpload: begins an upload of parts and returns its id. An existing object of that name is not
    /// changed. 1 request. If the response is lost, an upload without parts is left.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn initiate_upload(
        &self,
        key: &str,
        object: &ObjectName,
        attributes: &Attributes,
    ) -> Result<String, Error> {
        let call = Call::new("InitiateMultipartUpload", Method::Post, Some(key), Some(object.as_str()))
            .flag("uploads")
            .header("content-type", OCTETS)
            .acl(self.settings.acl)
            .attributes(attributes);
        self.perform(&call, async |received| {
            let (_, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            Ok(document::element(&bytes, "InitiateMultipartUploadResult", "UploadId")?)
        })
        .await
    }
}
