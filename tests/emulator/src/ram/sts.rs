//! STS, as far as AssumeRole and AssumeRoleWithOIDC (STS documentation of these, *Request structure*, *Common parameters*).
//! Nobody signs the latter: the token says who asks.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::issue::{Issued, issue};
use super::role::Role;
use super::signed;
use super::state::State;
use crate::failures::Failure;
use crate::operation::Operation;
use crate::query::Query;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::timestamp;
use crate::xml::Writer;

/// The allowed difference between the request's time and the server's: 15 minutes.
const SKEW: i64 = 15 * 60;
/// The longest session of a role that was not told otherwise, in seconds.
const MAX_SESSION: u64 = 3600;

/// What was asked: the parameters of the URL and those of the form.
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) form: Query,
}

impl Asked {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.query.filled(name).or_else(|| self.form.filled(name))
    }

    fn as_json(&self) -> bool {
        self.get("Format").is_some_and(|format| format.eq_ignore_ascii_case("JSON"))
    }
}

/// The value of a parameter that must be there.
pub(super) fn need<'a>(asked: &'a Asked, name: &str) -> Result<&'a str, Failure> {
    asked.get(name).ok_or_else(|| missing(name))
}

/// Which operation a request asks for.
pub(crate) fn operation(asked: &Asked) -> Operation {
    match asked.get("Action") {
        Some("AssumeRole") => Operation::AssumeRole,
        Some("AssumeRoleWithOIDC") => Operation::AssumeRoleWithOIDC,
        _ => Operation::Unknown,
    }
}

/// Answers a request.
pub(crate) fn answer(shared: &Shared, method: &Method, asked: &Asked, request_id: &str) -> Result<Reply, Failure> {
    common(asked, shared.clock.seconds())?;
    let signer = match operation(asked) {
        Operation::AssumeRole => Some(signed::signer(shared, asked, method)?),
        _ => None,
    };
    let role_arn = need(asked, "RoleArn")?;
    let session = match signer {
        Some(_) => need(asked, "RoleSessionName")?,
        None => asked.get("RoleSessionName").unwrap_or("ossicle-emulator"),
    };
    check(is_session(session), "RoleSessionName")?;
    let policy = asked.get("Policy");
    let policy_fits = |text: &str| text.len() <= 2048 && serde_json::from_str::<Value>(text).is_ok();
    check(policy.is_none_or(policy_fits), "Policy")?;
    check(policy.is_none_or(is_grammatical), "PolicyGrammar")?;
    let seconds = asked.get("DurationSeconds").map_or(Ok(MAX_SESSION), str::parse);
    let seconds = seconds.map_err(|_| invalid("DurationSeconds"))?;
    check((900..=MAX_SESSION).contains(&seconds), "DurationSeconds")?;
    check(role_arn.starts_with("acs:ram::") && role_arn.contains(":role/"), "RoleArn")?;
    let external_id = asked.get("ExternalId");
    check(external_id.is_none_or(is_external_id), "ExternalId")?;
    let by_token = match signer {
        Some(_) => None,
        None => Some(oidc(asked)?),
    };
    let mut state = shared.ram.lock();
    let role = state.roles.iter().find(|role| role.arn() == role_arn).cloned();
    let role = role.ok_or_else(|| unknown("EntityNotExist.Role", "The specified Role not exists."))?;
    match (signer, by_token) {
        (Some(key), _) if !role.trusts(key.owner_id(), external_id) => {
            let message = "You are not authorized to do this action. You should be authorized by RAM.";
            return Err(Failure::new(StatusCode::FORBIDDEN, "NoPermission", message, ""));
        }
        (None, Some((provider, token))) => verify(&state, provider, token, shared.clock.seconds())?,
        _ => {}
    }
    let issued = issue(shared, &mut state, &role, Duration::from_secs(seconds), policy);
    Ok(if asked.as_json() {
        as_json(&role, session, &issued, request_id)
    } else {
        as_xml(operation(asked).name(), &role, session, &issued, request_id)
    })
}

/// The provider and the token of a call that nobody signs.
fn oidc(asked: &Asked) -> Result<(&str, &str), Failure> {
    let provider = need(asked, "OIDCProviderArn")?;
    let token = need(asked, "OIDCToken")?;
    check(token.len() >= 4 && token.len() <= 20_000, "OIDCToken")?;
    check(provider.starts_with("acs:ram::") && provider.contains(":oidc-provider/"), "OIDCProviderArn")?;
    Ok((provider, token))
}

/// What every request of STS has.
fn common(asked: &Asked, now: i64) -> Result<(), Failure> {
    if need(asked, "Version")? != "2015-04-01" {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "InvalidVersion",
            "Specified parameter Version is not valid.",
            "",
        ));
    }
    need(asked, "Action")?;
    if operation(asked) == Operation::Unknown {
        return Err(unknown("InvalidAction.NotFound", "Specified api is not found, please check your url and method."));
    }
    let format = asked.get("Format").unwrap_or("XML");
    check(["JSON", "XML"].iter().any(|known| known.eq_ignore_ascii_case(format)), "Format")?;
    // `2022-12-28T10:27:41Z`, or with a fraction of the second, which ali-oss sends: `2022-12-28T10:27:41.123Z`.
    let compact: String = need(asked, "Timestamp")?.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let (whole, fraction) = compact.split_once('.').unwrap_or((&compact, "0Z"));
    let fits = fraction.strip_suffix('Z').is_some_and(|text| text.parse::<u32>().is_ok());
    let whole = format!("{}Z", whole.trim_end_matches('Z'));
    let time = timestamp::parse_iso_basic(&whole).filter(|_| fits).ok_or_else(|| {
        let message = "Specified time stamp or date value is not well formatted.";
        Failure::new(StatusCode::BAD_REQUEST, "InvalidTimeStamp.Format", message, "")
    })?;
    if (time - now).abs() > SKEW {
        let message = "Specified time stamp or date value is expired.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidTimeStamp.Expired", message, ""));
    }
    Ok(())
}

fn verify(state: &State, provider: &str, token: &str, now: i64) -> Result<(), Failure> {
    if !state.oidc.iter().any(|known| known.provider == provider) {
        return Err(unknown("EntityNotExist.OIDCProvider", "The specified OIDC provider not exists."));
    }
    let refused = |code, message| Err(Failure::new(StatusCode::BAD_REQUEST, code, message, ""));
    let Some(known) = state.oidc.iter().find(|known| known.text == token && known.provider == provider) else {
        return refused(
            "AuthenticationFail.OIDCToken.Invalid",
            "This JWT cannot be verified with the provider's keys.",
        );
    };
    match known.expires {
        Some(end) if now >= end => refused("AuthenticationFail.OIDCToken.Expired", "This JWT has expired."),
        _ => Ok(()),
    }
}

/// Whether a policy has a version and statements, each of which allows or denies actions. (RAM documentation: *Policy
/// structure and syntax*; ali-oss' `should handle error in assume role`.)
fn is_grammatical(policy: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let statement = |statement: &Value| {
        matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"))
            && (statement.get("Action").is_some() || statement.get("NotAction").is_some())
            && statement.get("Resource").is_some()
    };
    policy["Version"].as_str() == Some("1")
        && policy["Statement"].as_array().is_some_and(|all| all.iter().all(statement))
}

fn is_session(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_'))
}

fn is_external_id(id: &str) -> bool {
    (2..=1224).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=,.@:/-_".contains(&byte))
}

fn check(fits: bool, name: &str) -> Result<(), Failure> {
    if fits { Ok(()) } else { Err(invalid(name)) }
}

fn invalid(name: &str) -> Failure {
    let message = format!("The parameter {name} is wrongly formed.");
    Failure::new(StatusCode::BAD_REQUEST, format!("InvalidParameter.{name}"), message, "")
}

fn missing(name: &str) -> Failure {
    let message = format!("{name} is mandatory for this action.");
    Failure::new(StatusCode::BAD_REQUEST, format!("Missing{name}"), message, "")
}

fn unknown(code: &'static str, message: &'static str) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, code, message, "")
}

/// The name of a session of a role, and an id that is always the same for it.
fn assumed(role: &Role, session: &str) -> (String, String) {
    (
        format!("acs:ram::{}:assumed-role/{}/{session}", role.account, role.name),
        format!("3{:0>17}:{session}", role.name.len()),
    )
}

fn as_json(role: &Role, session: &str, issued: &Issued, request_id: &str) -> Reply {
    let (arn, id) = assumed(role, session);
    document(json!({
        "RequestId": request_id,
        "AssumedRoleUser": { "Arn": arn, "AssumedRoleId": id },
        "Credentials": {
            "SecurityToken": issued.token,
            "AccessKeyId": issued.id,
            "AccessKeySecret": issued.secret,
            "Expiration": issued.expiration(),
        },
    }))
}

fn as_xml(operation: &str, role: &Role, session: &str, issued: &Issued, request_id: &str) -> Reply {
    let (arn, id) = assumed(role, session);
    let mut xml = Writer::new();
    let root = format!("{operation}Response");
    xml.open(&root);
    xml.text("RequestId", request_id);
    xml.open("AssumedRoleUser");
    xml.text("Arn", &arn);
    xml.text("AssumedRoleId", &id);
    xml.close("AssumedRoleUser");
    xml.open("Credentials");
    xml.text("SecurityToken", &issued.token);
    xml.text("AccessKeyId", &issued.id);
    xml.text("AccessKeySecret", &issued.secret);
    xml.text("Expiration", &issued.expiration());
    xml.close("Credentials");
    xml.close(&root);
    Reply::xml(xml.finish())
}

fn document(value: Value) -> Reply {
    let mut reply =
        Reply::ok().header(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    reply.body = bytes::Bytes::from(value.to_string()).into();
    reply
}

/// An error, in the form that was asked for.
pub(crate) fn refusal(failure: &Failure, asked: Option<&Asked>, request_id: &str, host: &str) -> Reply {
    let mut reply = if asked.is_some_and(Asked::as_json) {
        document(json!({
            "RequestId": request_id,
            "HostId": host,
            "Code": failure.code(),
            "Message": failure.message(),
        }))
    } else {
        let mut xml = Writer::new();
        xml.open("Error");
        xml.text("RequestId", request_id);
        xml.text("HostId", host);
        xml.text("Code", failure.code());
        xml.text("Message", failure.message());
        xml.close("Error");
        Reply::xml(xml.finish())
    };
    reply.status = failure.status();
    reply.headers.extend(failure.headers().clone());
    reply
}
