//! A RAM role that is assumed with an access key (STS documentation: *AssumeRole*). The request is signed with that
//! key.

use std::time::Duration;

use super::access_key::Credentials;
use super::sts::{Call, Fields, RoleRequest, RoleSession, timestamp};
use crate::error::ConfigProblem;
use crate::signature::rpc;

const FIELDS: Fields = Fields {
    role_arn: "roles.role-arn",
    session_name: "roles.session-name",
    duration_seconds: "roles.duration-seconds",
    endpoint: "roles.endpoint",
};

/// How many roles may be assumed one after the other. Each costs a request to STS before the first one to OSS.
pub(crate) const MAX_ROLES: usize = 8;

/// A RAM role that is assumed with an access key.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// The role, and the session of it.
    pub role: RoleRequest,
    /// The external id that the role's owner demands from other accounts.
    pub external_id: Option<String>,
}

/// A checked role.
#[derive(Clone, Debug)]
pub struct AssumedSession {
    pub(super) role: RoleSession,
    external_id: Option<String>,
}

impl AssumedRole {
    pub(super) fn check(self) -> Result<AssumedSession, ConfigProblem> {
        let fits = |id: &String| (2..=1224).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
        if self.external_id.as_ref().is_some_and(|id| !fits(id)) {
            return Err(ConfigProblem::new(
                "roles.external-id",
                "is no external id: 2 to 1224 characters without spaces",
            ));
        }
        Ok(AssumedSession { role: self.role.check(&FIELDS)?, external_id: self.external_id })
    }
}

impl AssumedSession {
    /// The call, signed with an access key at this time.
    pub(super) fn call(&self, key: &Credentials, now: Duration, nonce: [u64; 2]) -> Call {
        let time = timestamp(now);
        let nonce = [nonce[0].to_string(), nonce[1].to_string()].concat();
        let mut query = vec![
            ("Action", "AssumeRole"),
            ("Format", "JSON"),
            ("Version", "2015-04-01"),
            ("Timestamp", time.as_str()),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &nonce),
            ("AccessKeyId", &key.access_key_id),
        ];
        query.extend(key.security_token.as_ref().map(|token| ("SecurityToken", token.as_str())));
        let mut form = self.role.form();
        form.extend(self.external_id.as_deref().map(|id| ("ExternalId", id)));
        let signature = rpc::signature("POST", &[query.as_slice(), &form].concat(), &key.access_key_secret);
        query.push(("Signature", &signature));
        Call::new(&query, &form)
    }
}
