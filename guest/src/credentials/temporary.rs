//! Temporary access keys.

use std::time::Duration;

use super::access_key::Credentials;
use super::exchange::{Failure, Reply};
use crate::json::Json;
use crate::oss::headers::document_date;

/// An access key that holds for a while.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The access key, with its token.
    pub credentials: Credentials,
    /// When it ceases to hold, in seconds since 1970. Without it, it is used until OSS refuses it.
    pub expires: Option<u64>,
}

/// A temporary access key that just came.
pub(super) struct Fetched {
    pub credentials: Credentials,
    pub end: End,
}

/// When an access key ceases to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Never, or nobody said.
    Unknown,
    /// After so long from its coming, by the clock of the service that gave it.
    After(Duration),
    /// At this time, in seconds since 1970. By whose clock, nobody said: what is left is told by this machine's, and told
    /// again when that turns out to be wrong.
    At(u64),
}

impl End {
    /// What is left of the access key's life at this time in seconds since 1970; none where that has no end.
    pub(super) fn left(self, now: u64) -> Option<Duration> {
        match self {
            Self::Unknown => None,
            Self::After(length) => Some(length),
            Self::At(expires) => Some(Duration::from_secs(expires.saturating_sub(now))),
        }
    }
}

impl Temporary {
    /// By the clock of the service that gave it, where it states one.
    pub(super) fn measured(self, service_time: Option<u64>) -> Fetched {
        let end = match (self.expires, service_time) {
            (None, _) => End::Unknown,
            (Some(expires), Some(now)) => End::After(Duration::from_secs(expires.saturating_sub(now))),
            (Some(expires), None) => End::At(expires),
        };
        Fetched { credentials: self.credentials, end }
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

/// The answer as JSON.
pub(super) fn read_json(name: &str, reply: &Reply) -> Result<Json, Failure> {
    Json::parse(&reply.body).map_err(|problem| {
        Failure::unavailable(format!("{name} gave an answer with status {} that {problem}", reply.status))
    })
}
