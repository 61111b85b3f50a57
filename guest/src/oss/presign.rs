//! URLs that carry their own signature, so that someone without credentials can use them for a while.

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

/// What a presigned URL may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresignMethod {
    /// To read the object.
    Get,
    /// To read what is known of it.
    Head,
    /// To make or replace it.
    Put,
}

/// A URL that carries its own signature.
pub struct SignedUrl {
    /// The URL. It is a secret: whoever has it can use it.
    pub url: Zeroizing<String>,
    /// For how many seconds it holds: as asked, or less where the credentials end before.
    pub seconds: u64,
    /// Whether an answer of OSS's has told the time that it is signed with. Otherwise it is this machine's clock's, and if
    /// that is wrong, the URL holds for less or longer.
    pub time_is_known: bool,
}

impl<P: Ports> Client<P> {
    /// A URL at a target of the bucket for one object that holds for `expires`, at least one second, but never for longer than
    /// the credentials do. No request, unless temporary credentials must be fetched. A `PUT` must be sent without
    /// `Content-Type`, `Content-MD5` and headers of OSS's, which are signed where they are there; so its object has the bucket's
    /// ACL.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it should hold for less than a second or, with V4, for more than seven days; and
    /// whatever fetching credentials can fail with.
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
        // OSS refuses whatever is signed with credentials that have ended.
        let left = active.ends_at.map(|end| end.saturating_sub(self.ports.monotonic()).as_secs().max(1));
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
