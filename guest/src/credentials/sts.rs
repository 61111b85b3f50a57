//! Calls of STS that assume a RAM role: their common parameters, the request, and the response.

use std::time::Duration;

use bytes::Bytes;

use super::exchange::{CredentialRequest, Failure};
use super::metadata::is_role_name;
use super::provider::Provider;
use super::temporary::{Fetched, Temporary, read_json};
use crate::endpoint::Service;
use crate::error::ConfigProblem;
use crate::foreign_text::shown;
use crate::json::Json;
use crate::message::Method;
use crate::ports::Ports;
use crate::signature::Moment;
use crate::signature::rpc;

const NAME: &str = "STS";
/// STS's central endpoint.
const CENTRAL: &str = "https://sts.aliyuncs.com";
const SESSION_NAME: &str = "ossicle";
const DURATION_SECONDS: u32 = 3600;

/// The parameters of every call that assumes a RAM role, as a config gives them.
#[derive(Clone, Debug, Default)]
pub struct RoleRequest {
    /// The role.
    pub role_arn: String,
    /// The session's name in logs. Default: `ossicle`.
    pub session_name: Option<String>,
    /// The lifetime of the credentials in seconds: 900 to 43200. Default 3600.
    pub duration_seconds: Option<u32>,
    /// A policy that restricts the role's rights further.
    pub policy: Option<String>,
    /// The endpoint of STS. Default: `https://sts.aliyuncs.com`.
    pub endpoint: Option<String>,
}

/// The names of these fields in a config, for errors.
pub(super) struct Fields {
    pub role_arn: &'static str,
    pub session_name: &'static str,
    pub duration_seconds: &'static str,
    pub endpoint: &'static str,
}

/// The session of a role, and the service to request it from.
#[derive(Clone, Debug)]
pub(super) struct RoleSession {
    service: Service,
    role_arn: String,
    name: String,
    duration_seconds: String,
    policy: Option<String>,
}

/// The parameters of a call, encoded.
pub(super) struct Call {
    pub query: String,
    pub form: String,
}

impl Call {
    pub(super) fn new(query: &[(&str, &str)], form: &[(&str, &str)]) -> Self {
        Self { query: rpc::encode(query), form: rpc::encode(form) }
    }
}

/// A failed call of STS.
pub(super) struct StsError {
    pub failure: Failure,
    /// STS's time, if STS rejected the time of the request.
    pub service_time: Option<u64>,
    /// Whether STS rejected the access key that signed the request, which may have expired.
    pub key_rejected: bool,
}

impl From<Failure> for StsError {
    fn from(failure: Failure) -> Self {
        Self { failure, service_time: None, key_rejected: false }
    }
}

impl RoleRequest {
    pub(super) fn check(self, fields: &Fields) -> Result<RoleSession, ConfigProblem> {
        check_arn(fields.role_arn, &self.role_arn)?;
        let name = self.session_name.unwrap_or_else(|| SESSION_NAME.to_owned());
        if !(2..=64).contains(&name.len()) || !is_role_name(&name) {
            let reason = "is no session's name: 2 to 64 letters, digits, . @ _ -";
            return Err(ConfigProblem::new(fields.session_name, reason));
        }
        let seconds = self.duration_seconds.unwrap_or(DURATION_SECONDS);
        if !(900..=43_200).contains(&seconds) {
            let reason = format!("is {seconds}, and 900 to 43200 can be used");
            return Err(ConfigProblem::new(fields.duration_seconds, reason));
        }
        let service = Service::parse(self.endpoint.as_deref().unwrap_or(CENTRAL), true)
            .map_err(|reason| ConfigProblem::new(fields.endpoint, reason))?;
        let (role_arn, policy, duration_seconds) = (self.role_arn, self.policy, seconds.to_string());
        Ok(RoleSession { service, role_arn, name, duration_seconds, policy })
    }
}

pub(super) fn check_arn(field: &'static str, arn: &str) -> Result<(), ConfigProblem> {
    if arn.starts_with("acs:ram::") && arn.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(ConfigProblem::new(field, format!("{arn:?} is no ARN: they begin with acs:ram::")))
}

impl RoleSession {
    /// The parameters of every call that assumes the role. They are sent in the body, which has room for a policy.
    pub(super) fn form(&self) -> Vec<(&'static str, &str)> {
        let mut form = vec![
            ("DurationSeconds", self.duration_seconds.as_str()),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", &self.name),
        ];
        form.extend(self.policy.as_deref().map(|policy| ("Policy", policy)));
        form
    }

    /// Sends a call and reads the credentials from the response.
    async fn send(&self, ports: &impl Ports, call: Call, redact: &dyn Fn(&str) -> String) -> Result<Fetched, StsError> {
        let request = CredentialRequest {
            name: NAME,
            service: &self.service,
            method: Method::Post,
            path: &["/?", &call.query].concat(),
            headers: &[("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")],
            body: Bytes::from(call.form),
        };
        let response = request.send(ports).await?;
        let json = read_json(NAME, &response)?;
        if response.status != 200 {
            return Err(sts_error(response.status, response.date, &json, redact));
        }
        let nothing = Json::Null;
        let credentials = json.member("Credentials").unwrap_or(&nothing);
        Ok(Temporary::read(NAME, credentials)?.measured(response.date))
    }
}

impl Provider {
    /// Assumes a role by a call that contains the time. If STS reports that the clock is wrong, sets the clock and
    /// sends the call once more.
    pub(super) async fn call_sts(
        &self,
        ports: &impl Ports,
        role: &RoleSession,
        call: &dyn Fn(Duration) -> Call,
        redact: &dyn Fn(&str) -> String,
    ) -> Result<Fetched, StsError> {
        let mut clock_was_set = false;
        loop {
            match role.send(ports, call(self.now(ports)), redact).await {
                Err(StsError { service_time: Some(time), .. }) if !clock_was_set => {
                    self.set_clock(ports, time);
                    clock_was_set = true;
                }
                result => return result,
            }
        }
    }
}

/// The time of a request in the format of STS.
pub(super) fn timestamp(now: Duration) -> String {
    Moment::since_epoch(now).iso()
}

fn sts_error(status: u16, date: Option<u64>, json: &Json, redact: &dyn Fn(&str) -> String) -> StsError {
    let text = |member| {
        let text = json.member(member).and_then(Json::text).unwrap_or_default();
        shown(text, redact)
    };
    let (code, id) = (text("Code"), text("RequestId"));
    let message = format!("{NAME} refused: status {status} {code}, request id {id}: {}", text("Message"));
    let failure = if status >= 500 || status == 429 || code.starts_with("Throttling") {
        Failure::unavailable(message)
    } else {
        Failure::refused(message)
    };
    StsError {
        failure,
        service_time: date.filter(|_| code == "InvalidTimeStamp.Expired"),
        key_rejected: code.starts_with("InvalidSecurityToken") || code == "InvalidAccessKeyId.NotFound",
    }
}
