//! AbortMultipartUpload.

use crate::message::Method;

use super::is_no_such_upload;
use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::window::Guard;
use crate::ports::Ports;

impl<P: Ports> Client<P> {
    /// AbortMultipartUpload: removes an upload and its parts. Returns true if the upload existed, and false if it had
    /// been completed or aborted before. 1 request.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn abort_upload(&self, key: &str, object: &ObjectName, upload_id: &str) -> Result<bool, Error> {
        self.abort_upload_in(key, object, upload_id, None).await
    }

    /// [`Client::abort_upload`], which OSS performs only within the window.
    ///
    /// # Errors
    /// As [`Client::abort_upload`]; see [`crate::oss::Window::closed`].
    pub async fn abort_upload_in(
        &self,
        key: &str,
        object: &ObjectName,
        upload_id: &str,
        guard: Option<Guard<'_>>,
    ) -> Result<bool, Error> {
        let mut call = Call::new("AbortMultipartUpload", Method::Delete, Some(key), Some(object.as_str()))
            .param("uploadId", upload_id)
            .within(guard);
        call.expects = 204;
        match self.perform(&call, async |_| Ok(())).await {
            Ok(()) => Ok(true),
            Err(error) if is_no_such_upload(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
