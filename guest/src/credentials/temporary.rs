//! Temporary access keys.

use std::time::Duration;

use super::access_key::Credentials;
use super::exchange::{CredentialResponse, Failure};
use crate::json::Json;
use crate::oss::headers::document_date;

/// An access key that expires.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The access key, with its token.
    pub credentials: Credentials,
    /// When the access key expires, in seconds since 1970. Without this time, the key is used until OSS rejects it.
    pub expires: Option<u64>,
}

/// A temporary access key that was just received.
pub(super) struct Fetched {
    pub credentials: Credentials,
    pub expiry: Expiry,
}

/// When an access key expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Never, or unknown.
    Unknown,
    /// So long after it was received, by the clock of the service that issued it.
    After(Duration),
    /// At this time, in seconds since 1970, by an unknown clock. The remaining time is computed with this machine's
    /// clock, and again if that turns out to be wrong.
    At(u64),
}

impl Expiry {
    /// The remaining lifetime of the access key at this time, in seconds since 1970; `None` if it does not expire.
    pub(super) fn remaining(self, now: u64) -> Option<Duration> {
        match self {
            Self::Unknown => None,
            Self::After(length) => Some(length),
            Self::At(expires) => Some(Duration::from_secs(expires.saturating_sub(now))),
        }
    }
}

impl Temporary {
    /// Computes the expiry with the service's clock, if the response stated a time.
    pub(super) fn measured(self, service_time: Option<u64>) -> Fetched {
        let expiry = match (self.expires, service_time) {
            (None, _) => Expiry::Unknown,
            (Some(expires), Some(now)) => Expiry::After(Duration::from_secs(expires.saturating_sub(now))),
            (Some(expires), None) => Expiry::At(expires),
        };
        Fetched { credentials: self.credentials, expiry }
    }

    /// Reads the members that the metadata service and STS have in common.
    pub(super) fn read(name: &str, json: &Json) -> Result<Self, Failure> {
        let text = |member| json.member(member).and_then(Json::text).unwrap_or_default();
        let credentials = Credentials {
            access_key_id: text("AccessKeyId").to_owned(),
            access_key_secret: text("AccessKeySecret").to_owned().into(),
            security_token: Some(text("SecurityToken").to_owned().into()),
        };
        let unfit = |problem: &dyn std::fmt::Display| {
            Failure::unavailable(format!("{name} gave an answer without credentials that can be used: {problem}"))
        };
        credentials.check().map_err(|problem| unfit(&problem))?;
        let expires = document_date(text("Expiration")).ok_or_else(|| unfit(&"Expiration is no date"))?;
        Ok(Self { credentials, expires: Some(expires) })
    }
}

/// Parses the response as JSON.
pub(super) fn read_json(name: &str, response: &CredentialResponse) -> Result<Json, Failure> {
    Json::parse(&response.body).map_err(|problem| {
        Failure::unavailable(format!("{name} gave an answer with status {} that {problem}", response.status))
    })
}
