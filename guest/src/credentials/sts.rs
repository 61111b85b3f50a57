//! Calls of STS that take on a RAM role: the parameters that they share, the request, and what it is answered.

use std::time::Duration;

use bytes::Bytes;

use super::exchange::{Failure, Question};
use super::metadata::is_role;
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

/// What every call that takes on a RAM role asks for, as a config says it.
#[derive(Clone, Debug, Default)]
pub struct RoleRequest {
    /// The role.
    pub role_arn: String,
    /// The session's name in logs. Default: `ossicle`.
    pub session_name: Option<String>,
    /// For how long the credentials hold: 900 to 43200. Default 3600.
    pub duration_seconds: Option<u32>,
    /// A policy that narrows the role's rights further.
    pub policy: Option<String>,
    /// STS. Default: `https://sts.aliyuncs.com`.
    pub endpoint: Option<String>,
}

/// The fields of a config that say it.
pub(super) struct Fields {
    pub role_arn: &'static str,
    pub session_name: &'static str,
    pub duration_seconds: &'static str,
    pub endpoint: &'static str,
}

/// A session of a role, and where it is asked for.
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

/// STS said no.
pub(super) struct Refused {
    pub failure: Failure,
    /// The time by STS's clock, where it was the time of the request that it did not like.
    pub clock: Option<u64>,
    /// Whether it was the access key of the asker, which may have expired.
    pub key_is_bad: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, clock: None, key_is_bad: false }
    }
}

impl RoleRequest {
    pub(super) fn check(self, fields: &Fields) -> Result<RoleSession, ConfigProblem> {
        check_arn(fields.role_arn, &self.role_arn)?;
        let name = self.session_name.unwrap_or_else(|| SESSION_NAME.to_owned());
        if !(2..=64).contains(&name.len()) || !is_role(&name) {
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
    /// The parameters of every call that takes on the role: they stand in the body, where there is room for a policy.
    pub(super) fn form(&self) -> Vec<(&'static str, &str)> {
        let mut form = vec![
            ("DurationSeconds", self.duration_seconds.as_str()),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", &self.name),
        ];
        form.extend(self.policy.as_deref().map(|policy| ("Policy", policy)));
        form
    }

    /// Sends a call and reads the credentials of the answer.
    async fn send(&self, ports: &impl Ports, call: Call, redact: &dyn Fn(&str) -> String) -> Result<Fetched, Refused> {
        let question = Question {
            name: NAME,
            service: &self.service,
            method: Method::Post,
            path: &["/?", &call.query].concat(),
            headers: &[("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")],
            body: Bytes::from(call.form),
        };
        let reply = question.ask(ports).await?;
        let json = read_json(NAME, &reply)?;
        if reply.status != 200 {
            return Err(refusal(reply.status, reply.date, &json, redact));
        }
        let nothing = Json::Null;
        let credentials = json.member("Credentials").unwrap_or(&nothing);
        Ok(Temporary::read(NAME, credentials)?.measured(reply.date))
    }
}

impl Provider {
    /// Takes on a role by a call that is made for a time, and once more with the right time where STS says that the clock is
    /// wrong.
    pub(super) async fn at_sts(
        &self,
        ports: &impl Ports,
        role: &RoleSession,
        call: &dyn Fn(Duration) -> Call,
        redact: &dyn Fn(&str) -> String,
    ) -> Result<Fetched, Refused> {
        let mut clock_was_set = false;
        loop {
            match role.send(ports, call(self.now(ports)), redact).await {
                Err(Refused { clock: Some(time), .. }) if !clock_was_set => {
                    self.set_clock(ports, time);
                    clock_was_set = true;
                }
                told => return told,
            }
        }
    }
}

/// The time of a request as STS wants it.
pub(super) fn timestamp(now: Duration) -> String {
    Moment::since_epoch(now).iso()
}

fn refusal(status: u16, date: Option<u64>, json: &Json, redact: &dyn Fn(&str) -> String) -> Refused {
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
    Refused {
        failure,
        clock: date.filter(|_| code == "InvalidTimeStamp.Expired"),
        key_is_bad: code.starts_with("InvalidSecurityToken") || code == "InvalidAccessKeyId.NotFound",
    }
}
