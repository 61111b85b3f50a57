//! A RAM role taken on with a token of an OpenID Connect provider, as pods of Kubernetes do (STS documentation:
//! *AssumeRoleWithOIDC*). The request is unsigned: the token stands for the asker.

use std::time::Duration;

use crate::message::Method;
use bytes::Bytes;

use super::exchange::{Failure, Question};
use super::temporary::{Fetched, Temporary, read_json};
use crate::endpoint::Service;
use crate::foreign_text::shown;
use crate::json::Json;
use crate::ports::Ports;
use crate::signature::Moment;
use crate::signature::encode::encode_component;

const NAME: &str = "STS";

/// How to ask it.
#[derive(Clone, Debug)]
pub struct Sts {
    pub(super) service: Service,
    pub(super) role_arn: String,
    pub(super) provider_arn: String,
    pub(super) session_name: String,
    pub(super) duration_seconds: u32,
    pub(super) policy: Option<String>,
}

impl Sts {
    pub(super) async fn fetch(&self, ports: &impl Ports, token: &str) -> Result<Fetched, Failure> {
        match self.ask(ports, token, ports.now()).await? {
            Ok(fetched) => Ok(fetched),
            // The clock is wrong: STS has said what time it is.
            Err(Refused { clock: Some(time), .. }) => {
                let again = self.ask(ports, token, Duration::from_secs(time)).await?;
                again.map_err(|refused| refused.failure)
            }
            Err(refused) => Err(refused.failure),
        }
    }

    async fn ask(&self, ports: &impl Ports, token: &str, now: Duration) -> Result<Result<Fetched, Refused>, Failure> {
        let mut path = String::from("/?Action=AssumeRoleWithOIDC&Format=JSON&Version=2015-04-01&Timestamp=");
        encode_component(&Moment::since_epoch(now).iso(), &mut path);
        let question = Question {
            name: NAME,
            service: &self.service,
            method: Method::Post,
            path: &path,
            headers: &[("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")],
            body: Bytes::from(self.form(token)),
        };
        let reply = question.ask(ports).await?;
        let json = read_json(NAME, &reply)?;
        if reply.status != 200 {
            let failure = refusal(reply.status, &json, token);
            let is_clock = json.member("Code").and_then(Json::text) == Some("InvalidTimeStamp.Expired");
            return Ok(Err(Refused { failure, clock: reply.date.filter(|_| is_clock) }));
        }
        let nothing = Json::Null;
        let credentials = json.member("Credentials").unwrap_or(&nothing);
        Ok(Ok(Temporary::read(NAME, credentials)?.measured(ports, reply.date)))
    }

    /// What is secret or long stands in the body, which no server logs.
    fn form(&self, token: &str) -> String {
        let mut form = String::with_capacity(token.len() * 3 + 1024);
        form.push_str(&format!("DurationSeconds={}", self.duration_seconds));
        let fields = [
            ("RoleArn", self.role_arn.as_str()),
            ("OIDCProviderArn", &self.provider_arn),
            ("RoleSessionName", &self.session_name),
            ("OIDCToken", token),
        ];
        for (name, value) in fields.into_iter().chain(self.policy.as_deref().map(|policy| ("Policy", policy))) {
            form.extend(["&", name, "="]);
            encode_component(value, &mut form);
        }
        form
    }
}

/// STS said no.
struct Refused {
    failure: Failure,
    /// The time by STS's clock, where it was the time of the request that it did not like.
    clock: Option<u64>,
}

fn refusal(status: u16, json: &Json, token: &str) -> Failure {
    let text = |member| {
        let text = json.member(member).and_then(Json::text).unwrap_or_default();
        shown(text, |text| text.replace(token, "[redacted]"))
    };
    let (code, id) = (text("Code"), text("RequestId"));
    let message = format!("{NAME} refused: status {status} {code}, request id {id}: {}", text("Message"));
    if status >= 500 || status == 429 || code.starts_with("Throttling") {
        Failure::unavailable(message)
    } else {
        Failure::refused(message)
    }
}
