//! GetObjectTagging.

use crate::message::Method;

use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document;
use crate::error::Error;
use crate::key::ObjectName;
use crate::ports::Ports;
use crate::signature::encode::encode_component;

impl<P: Ports> Client<P> {
    /// GetObjectTagging: the tags of an object in the format of `x-oss-tagging`; empty if it has none. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`], and anything a request can fail with.
    pub async fn object_tags(&self, key: &str, object: &ObjectName) -> Result<String, Error> {
        let call = Call::new("GetObjectTagging", Method::Get, Some(key), Some(object.as_str())).flag("tagging");
        self.perform(&call, async |received| {
            let (_, bytes) = read_whole(received, MAX_DOCUMENT).await?;
            let mut tags = String::new();
            document::read(&bytes, "Tagging", |path, text| {
                match path {
                    ["TagSet", "Tag", "Key"] if !tags.is_empty() => tags.push('&'),
                    ["TagSet", "Tag", "Value"] => tags.push('='),
                    ["TagSet", "Tag", "Key"] => {}
                    _ => return Ok(()),
                }
                encode_component(text, &mut tags);
                Ok(())
            })?;
            Ok(tags)
        })
        .await
    }
}
