//! URLs that contain a signature, so that someone without credentials can use them for a while.

use std::time::Duration;

use zeroize::Zeroizing;

use super::answer::Retry;
use super::client::Client;
use crate::config::SignatureVersion;
use crate::endpoint::Target;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;
use crate::signature::{CanonicalHeaders, Query, Subject, v1, v4};

/// The requests that a presigned URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresignMethod {
    /// Reading the object.
    Get,
    /// Reading the object's metadata.
    Head,
    /// Creating or replacing the object.
    Put,
}

/// A URL that contains a signature.
pub struct SignedUrl {
    /// The URL. It is a secret: anyone who has it can use it.
    pub url: Zeroizing<String>,
    /// How many seconds the URL is valid: as requested, or less if the credentials expire before.
    pub seconds: u64,
    /// Whether a response of OSS has stated the time that the URL is signed with. Otherwise this is the time of this
    /// machine's clock, and if that is wrong, the URL is valid for more or less time.
    pub time_is_known: bool,
}

impl<P: Ports> Client<P> {
    /// A URL for one object, with a target of the bucket, that is valid for `expires`, at least one second, but never
    /// longer than the credentials. No request, unless temporary credentials must be fetched. A `PUT` must be sent
    /// without `Content-Type`, `Content-MD5` and headers of OSS, because these would have to be signed; so its object
    /// gets the bucket's ACL.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if `expires` is less than a second or, with V4, more than seven days; and anything
    /// that fetching credentials can fail with.
    pub async fn presign(
        &self,
        target: &Target,
        key: &str,
        object: &ObjectName,
        method: PresignMethod,
        expires: Duration,
    ) -> Result<SignedUrl, Error> {
        let settings = &self.settings;
        let seconds = expires.as_secs();
        let longest = match settings.signature {
            SignatureVersion::V4 => v4::MAX_EXPIRES,
            SignatureVersion::V1 => u64::from(u32::MAX),
        };
        if !(1..=longest).contains(&seconds) {
            let message = format!("a presigned URL can hold for 1 to {longest} seconds, not {seconds}");
            return Err(Error::new(ErrorKind::Unsupported, key, message));
        }
        let (query, headers) = (Query::default(), CanonicalHeaders::default());
        let subject = Subject {
            method: match method {
                PresignMethod::Get => "GET",
                PresignMethod::Head => "HEAD",
                PresignMethod::Put => "PUT",
            },
            bucket: Some(&settings.bucket),
            object: Some(object.as_str()),
            query: &query,
            headers: &headers,
        };
        let deadline = self.ports.monotonic().saturating_add(settings.timeouts.operation);
        let active = self.credentials_until(deadline).await.map_err(|error| Error {
            retryable: error.retry != Retry::Never,
            no_credentials: error.no_credentials,
            ..Error::new(error.kind, key, error.message)
        })?;
        let credentials = &active.credentials;
        // OSS rejects requests that are signed with expired credentials.
        let left = active.expires_at.map(|end| end.saturating_sub(self.ports.monotonic()).as_secs().max(1));
        let seconds = left.map_or(seconds, |left| seconds.min(left));
        let moment = self.moment();
        let signed = match settings.signature {
            SignatureVersion::V4 => v4::presign(&subject, &[], seconds, &self.scope(moment), credentials),
            SignatureVersion::V1 => {
                let until = u64::try_from(moment.unix()).unwrap_or(0).saturating_add(seconds);
                v1::presign(&subject, until, credentials)
            }
        };
        let url = Zeroizing::new(target.url(Some(object.as_str()), &signed.encoded()));
        Ok(SignedUrl { url, seconds, time_is_known: self.knows_time() })
    }
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUrl").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}
