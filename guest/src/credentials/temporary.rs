//! Temporary access keys.

use std::time::Duration;

use super::access_key::Credentials;
use super::exchange::{Failure, Reply};
use crate::json::Json;
use crate::oss::headers::document_date;
use crate::ports::Clock;

/// An access key that holds for a while.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The access key, with its token.
    pub credentials: Credentials,
    /// When it ceases to hold, in seconds since 1970. Without it, it is used until OSS refuses it.
    pub expires: Option<u64>,
}

/// A temporary access key and for how long it holds from now on.
pub(super) struct Fetched {
    pub credentials: Credentials,
    pub lifetime: Option<Duration>,
}

/// What seems to hold for less is used for so long all the same: a clock may be wrong, and OSS is the judge.
const SHORTEST: Duration = Duration::from_secs(60);

impl Temporary {
    /// By the clock of the service that gave it, where it states one.
    pub(super) fn measured(self, clock: &impl Clock, service_time: Option<u64>) -> Fetched {
        let now = service_time.unwrap_or_else(|| clock.now().as_secs());
        let left = |expires: u64| Duration::from_secs(expires.saturating_sub(now)).max(SHORTEST);
        Fetched { lifetime: self.expires.map(left), credentials: self.credentials }
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
