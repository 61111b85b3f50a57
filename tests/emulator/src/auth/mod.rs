//! Who asks: signatures of version 1, 2 and 4, in the header or in the URL, and the keys that make them.
//!
//! Written from the OSS documentation ("Add signatures to headers", "Add signatures to URLs", "V2 signature", "V4 signature") and shares
//! nothing with any client, so that a client's mistake cannot hide behind the same mistake here.

mod keys;
mod sign_v1;
mod sign_v2;
mod sign_v4;
mod verify_policy;
mod verify_v1;
mod verify_v2;
mod verify_v4;
mod view;

#[cfg(test)]
mod vectors_v1;
#[cfg(test)]
mod vectors_v4;

use std::sync::Arc;

use http::header;
use serde::{Deserialize, Serialize};

pub use keys::AccessKey;
pub(crate) use keys::Keyring;
pub use sign_v1::{SubResources, sign as v1_sign, string_to_sign as v1_string_to_sign};
pub use sign_v2::{sign as v2_sign, string_to_sign as v2_string_to_sign};
pub use sign_v4::{
    Scope, canonical_request as v4_canonical_request, sign as v4_sign, signing_key as v4_signing_key,
    string_to_sign as v4_string_to_sign,
};
pub(crate) use verify_policy::{Fields, verify as verify_policy};
pub use view::RequestView;

use crate::failures::Failure;

/// Which signature a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureKind {
    /// Version 4 in the `Authorization` header.
    V4Header,
    /// Version 4 in the URL.
    V4Presign,
    /// Version 1 in the `Authorization` header.
    V1Header,
    /// Version 1 in the URL.
    V1Presign,
    /// Version 2 in the `Authorization` header.
    V2Header,
    /// Version 2 in the URL.
    V2Presign,
}

impl SignatureKind {
    /// Whether it was in the URL.
    pub(crate) fn is_presigned(self) -> bool {
        matches!(self, Self::V1Presign | Self::V2Presign | Self::V4Presign)
    }
}

/// A request whose signature was found right.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) kind: SignatureKind,
    /// The account the key belongs to.
    pub(crate) owner: String,
    /// What narrows down what the session may do, if the key is one of a session that was given a policy.
    pub(crate) policy: Option<Arc<str>>,
}

impl Identity {
    fn of(kind: SignatureKind, key: &AccessKey) -> Self {
        Self { kind, owner: key.owner_id().to_owned(), policy: key.session_policy() }
    }
}

/// What the server knows when it looks at a signature.
pub(crate) struct Court<'a> {
    pub(crate) keys: &'a Keyring,
    /// The time now, in seconds.
    pub(crate) now: i64,
    /// The regions whose signatures are good here.
    pub(crate) regions: &'a dyn Fn(&str) -> bool,
    /// The bucket that is asked for, if there is none of its name and the request does not make it.
    pub(crate) missing: Option<&'a str>,
}

impl Court<'_> {
    /// The refusal of somebody unknown. That a bucket is missing is said even to them: OSS has looked the bucket up
    /// before it looks for the key. (Tests of Go v2 `TestClientExtension` and of Python v2 against the service.)
    fn stranger(&self, refusal: Failure) -> Failure {
        self.missing.map_or(refusal, Failure::no_such_bucket)
    }

    /// The key of that id.
    fn key(&self, id: &str) -> Result<std::sync::Arc<AccessKey>, Failure> {
        self.keys.find(id).map_err(|unknown| self.stranger(unknown))
    }
}

/// The allowed difference between the request's time and the server's: 15 minutes.
pub(crate) const SKEW: i64 = 15 * 60;

/// Verifies the signature of a request, whichever kind it carries; nothing if it carries none.
pub(crate) fn verify(court: &Court<'_>, request: &RequestView<'_>) -> Result<Option<Identity>, Failure> {
    let header = request.headers.get(header::AUTHORIZATION);
    let query = request.query;
    let v2_query = query.get("x-oss-signature-version") == Some("OSS2");
    let v4_query = query.has("x-oss-signature-version") || query.has("x-oss-signature");
    let v1_query = query.has("OSSAccessKeyId") || query.has("Signature");
    if header.is_some() && (v4_query || v1_query) {
        return Err(Failure::two_signatures());
    }
    if let Some(header) = header {
        let text = header.to_str().map_err(|_| Failure::authorization_malformed())?;
        if let Some(rest) = text.strip_prefix("OSS4-HMAC-SHA256") {
            return verify_v4::header(court, request, rest).map(Some);
        }
        if let Some(rest) = text.strip_prefix("OSS2 ") {
            return verify_v2::header(court, request, rest).map(Some);
        }
        if let Some(rest) = text.strip_prefix("OSS ") {
            return verify_v1::header(court, request, rest).map(Some);
        }
        return Err(Failure::authorization_unsupported());
    }
    if v2_query {
        verify_v2::presigned(court, request).map(Some)
    } else if v4_query {
        verify_v4::presigned(court, request).map(Some)
    } else if v1_query {
        verify_v1::presigned(court, request).map(Some)
    } else {
        court.missing.map_or(Ok(None), |bucket| Err(Failure::no_such_bucket(bucket)))
    }
}

/// Compares without telling by its duration where the difference is.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
