//! PutObject for an object that does not exist yet (OSS documentation: *PutObject*, `x-oss-forbid-overwrite`).

use crate::message::Method;
use bytes::Bytes;

use super::attributes::Attributes;
use super::call::Call;
use super::change::Change;
use super::client::Client;
use super::headers;
use super::window::Guard;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

/// Ossicle's own header, on objects that a call created: the random number of this call.
const NONCE: &str = "x-oss-meta-ossicle-nonce";

impl<P: Ports> Client<P> {
    /// PutObject, which OSS rejects if the object exists. Buckets in which versioning is, or once was, enabled ignore
    /// that. 1 request. 1 more if it is retried after a lost response and the object exists then: the object contains
    /// the number that the call drew, which shows whether this call created it.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the object exists; undecided if it is not, or no longer, this call's object but this
    /// call's may have existed meanwhile. Otherwise as [`Client::put_object`].
    pub async fn create_object(
        &self,
        key: &str,
        object: &ObjectName,
        bytes: Bytes,
        attributes: &Attributes,
        guard: Option<Guard<'_>>,
    ) -> Result<(), Error> {
        let nonce = format!("{:016x}{:016x}", self.ports.random_u64(), self.ports.random_u64());
        let mut attributes = attributes.clone();
        attributes.set(NONCE, &nonce);
        let change = Change { guard, create_only: true, ..Change::default() };
        match self.store_object(key, object, bytes, &attributes, change).await {
            Err(error) if error.undecided && is_there(&error) => match self.head_nonce(key, object).await {
                Ok(found) if found == nonce => Ok(()),
                Ok(_) => Err(error),
                Err(other) if other.kind == ErrorKind::NotFound => Err(Error { retryable: true, ..error }),
                Err(other) => Err(Error { undecided: true, ..other }),
            },
            made => made,
        }
    }

    /// The number of the call that created an object; empty if another kind of call created it.
    async fn head_nonce(&self, key: &str, object: &ObjectName) -> Result<String, Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str()));
        let result = self.perform(&call, async |received| Ok(headers::text(&received.headers, NONCE))).await;
        Ok(result.map_err(super::object::absent)?.unwrap_or_default())
    }
}

/// Whether OSS refused to overwrite an object, as opposed to another conflict.
fn is_there(error: &Error) -> bool {
    error.answer.as_ref().is_some_and(|answer| answer.code == "FileAlreadyExists")
}
