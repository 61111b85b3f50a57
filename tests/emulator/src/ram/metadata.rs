//! The metadata service of an ECS instance, as far as it concerns its RAM role (ECS documentation: *View instance
//! metadata*, *Instance RAM roles*).
//!
//! In its normal form it answers any GET; in the hardened form it wants a token, got by PUT. A PUT that was forwarded gets
//! none. The statuses of refusals are not documented; 403 is the emulator's choice.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::issue::issue;
use crate::failures::Failure;
use crate::operation::Operation;
use crate::reply::Reply;
use crate::shared::Shared;

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials";
const LIFE: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const GIVEN: &str = "x-aliyun-ecs-metadata-token";
const MAX_LIFE: i64 = 21_600;

/// Which operation a request asks for.
pub(crate) fn operation(method: &Method, path: &str) -> Operation {
    match (method.as_str(), below_roles(path)) {
        ("PUT", _) if path == TOKEN => Operation::PutMetadataToken,
        ("GET", Some("" | "/")) => Operation::GetInstanceRole,
        ("GET", Some(role)) if role.starts_with('/') => Operation::GetRoleCredentials,
        _ => Operation::Unknown,
    }
}

/// What follows the path of the roles. How it is capitalised does not matter. (ossutil asks for `meta-data/Ram/`.)
fn below_roles(path: &str) -> Option<&str> {
    let (start, rest) = path.split_at_checked(ROLES.len())?;
    start.eq_ignore_ascii_case(ROLES).then_some(rest)
}

/// Answers a request.
pub(crate) fn answer(shared: &Shared, operation: Operation, path: &str, headers: &HeaderMap) -> Result<Reply, Failure> {
    if operation == Operation::PutMetadataToken {
        return token(shared, headers);
    }
    let now = shared.clock.seconds();
    let mut state = shared.ram.lock();
    let token = headers.get(GIVEN).map(|value| value.to_str().unwrap_or_default());
    let held = token.is_some_and(|token| state.tokens.get(token).is_some_and(|end| now < *end));
    if !held && (state.hardened_only || token.is_some()) {
        return Err(plain(StatusCode::FORBIDDEN, "Forbidden", "a token that holds is needed"));
    }
    let attached = state.attached.clone().and_then(|name| state.role(&name).cloned());
    let nothing = || plain(StatusCode::NOT_FOUND, "NotFound", "there is no such metadata");
    match operation {
        Operation::GetInstanceRole => Ok(text(attached.ok_or_else(nothing)?.name, "text/plain")),
        Operation::GetRoleCredentials => {
            let role = attached.filter(|role| below_roles(path) == Some(&*format!("/{}", role.name)));
            let role = role.ok_or_else(nothing)?;
            let held = state.current.take().filter(|held| (held.end - now) * 2 > held.end - held.made);
            let issued = held.unwrap_or_else(|| issue(shared, &mut state, &role, role.life, None));
            let document = json!({
                "AccessKeyId": issued.id,
                "AccessKeySecret": issued.secret,
                "Expiration": issued.expiration(),
                "SecurityToken": issued.token,
                "LastUpdated": issued.updated(),
                "Code": "Success",
            });
            state.current = Some(issued);
            Ok(text(document.to_string(), "application/json"))
        }
        _ => Err(nothing()),
    }
}

fn token(shared: &Shared, headers: &HeaderMap) -> Result<Reply, Failure> {
    if headers.contains_key("x-forwarded-for") {
        return Err(plain(StatusCode::FORBIDDEN, "Forbidden", "the request was forwarded"));
    }
    let life = headers.get(LIFE).and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<i64>().ok());
    let life = life.filter(|life| (1..=MAX_LIFE).contains(life));
    let life = life.ok_or_else(|| plain(StatusCode::BAD_REQUEST, "BadRequest", "a life of 1 to 21600 s is needed"))?;
    let made = shared.store.ids().upload();
    shared.ram.lock().tokens.insert(made.clone(), shared.clock.seconds() + life);
    Ok(text(made, "text/plain"))
}

fn plain(status: StatusCode, code: &'static str, message: &'static str) -> Failure {
    Failure::new(status, code, message, "")
}

fn text(body: String, kind: &'static str) -> Reply {
    let mut reply = Reply::ok().header(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply.body = bytes::Bytes::from(body).into();
    reply
}
