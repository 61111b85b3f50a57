//! The emulator's own controls, as JSON over HTTP on a port of their own.
//!
//! `GET /stats` · `GET /requests` · `POST /reset` · `GET`, `POST`, `DELETE /faults` · `DELETE /faults/<id>` ·
//! `GET`, `PUT /clock` · `GET`, `PUT /latency` · `PUT /ram` · `POST`, `DELETE /oidc-tokens`

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::outbound::Outbound;
use crate::faults::FaultRule;
use crate::ram::OidcToken;
use crate::shared::Shared;

/// What `PUT /clock` takes: one of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum SetClock {
    /// Unix seconds; the clock goes on from there.
    Set(u64),
    /// Unix seconds; the clock stands still.
    Freeze(u64),
    /// Seconds forward.
    Advance(u64),
    /// Seconds back.
    Rewind(u64),
    /// Real time.
    Reset,
}

/// What `PUT /latency` takes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    ms: u64,
}

/// What `PUT /ram` takes: one of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum ChangeRam {
    /// The instance's role, or none.
    Attach(Option<String>),
    /// Whether the metadata service answers in its hardened form only.
    HardenedOnly(bool),
    /// The metadata service's next answer has other credentials.
    Rotate,
}

/// What `POST /oidc-tokens` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    text: String,
    /// Its provider's ARN.
    provider: Option<String>,
    /// Unix seconds.
    expires: Option<u64>,
}

/// Answers a request on the admin port.
pub(crate) async fn respond(shared: &Shared, request: Request<Incoming>) -> Response<Outbound> {
    let (parts, body) = request.into_parts();
    let body = tokio::time::timeout(shared.patience, Limited::new(body, 1 << 20).collect()).await;
    let (status, value) = match body {
        Ok(Ok(body)) => answer(shared, &parts.method, parts.uri.path(), &body.to_bytes()),
        Ok(Err(error)) => (StatusCode::BAD_REQUEST, json!({ "error": error.to_string() })),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, json!({ "error": "the body did not come" })),
    };
    let mut response = Response::new(Outbound::whole(Bytes::from(value.to_string() + "\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn answer(shared: &Shared, method: &Method, path: &str, body: &[u8]) -> (StatusCode, Value) {
    let answered = match (method.as_str(), path) {
        ("GET", "/stats") => to_json(&shared.stats.snapshot()),
        ("GET", "/requests") => to_json(&shared.stats.requests()),
        ("POST", "/reset") => {
            shared.stats.reset();
            Ok(json!({}))
        }
        ("GET", "/faults") => to_json(&shared.faults.report()),
        ("POST", "/faults") => from_json::<FaultRule>(body).map(|rule| json!({ "id": shared.faults.add(rule).id() })),
        ("DELETE", "/faults") => {
            shared.faults.clear();
            Ok(json!({}))
        }
        ("GET", "/clock") => Ok(clock(shared)),
        ("PUT", "/clock") => from_json(body).map(|change| {
            set_clock(shared, &change);
            clock(shared)
        }),
        ("GET", "/latency") => to_json(&Latency { ms: shared.latency().as_millis() as u64 }),
        ("PUT", "/latency") => from_json::<Latency>(body).map(|latency| {
            shared.set_latency(Duration::from_millis(latency.ms));
            json!(latency)
        }),
        ("PUT", "/ram") => from_json(body).map(|change| {
            match change {
                ChangeRam::Attach(role) => shared.ram.attach(role.as_deref()),
                ChangeRam::HardenedOnly(only) => shared.ram.set_hardened_only(only),
                ChangeRam::Rotate => shared.ram.rotate(),
            }
            json!({})
        }),
        ("POST", "/oidc-tokens") => from_json::<NewToken>(body).map(|token| {
            add_token(shared, token);
            json!({})
        }),
        ("DELETE", "/oidc-tokens") => {
            shared.ram.forget_oidc_tokens();
            Ok(json!({}))
        }
        ("DELETE", path) => match path.strip_prefix("/faults/").and_then(|id| id.parse().ok()) {
            Some(id) if shared.faults.remove(id) => Ok(json!({})),
            _ => return not_found(),
        },
        _ => return not_found(),
    };
    match answered {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (StatusCode::BAD_REQUEST, json!({ "error": error.to_string() })),
    }
}

fn not_found() -> (StatusCode, Value) {
    (StatusCode::NOT_FOUND, json!({ "error": "no such control" }))
}

fn to_json<T: Serialize>(value: &T) -> serde_json::Result<Value> {
    serde_json::to_value(value)
}

fn from_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body)
}

fn add_token(shared: &Shared, given: NewToken) {
    let mut token = OidcToken::new(given.text);
    if let Some(provider) = given.provider {
        token = token.provider(provider);
    }
    if let Some(seconds) = given.expires {
        token = token.expires(UNIX_EPOCH + Duration::from_secs(seconds));
    }
    shared.ram.add_oidc_token(token);
}

fn clock(shared: &Shared) -> Value {
    json!({ "now": shared.clock.seconds() })
}

fn set_clock(shared: &Shared, change: &SetClock) {
    match change {
        SetClock::Set(seconds) => shared.clock.set(UNIX_EPOCH + Duration::from_secs(*seconds)),
        SetClock::Freeze(seconds) => shared.clock.freeze(UNIX_EPOCH + Duration::from_secs(*seconds)),
        SetClock::Advance(seconds) => shared.clock.advance(Duration::from_secs(*seconds)),
        SetClock::Rewind(seconds) => shared.clock.rewind(Duration::from_secs(*seconds)),
        SetClock::Reset => shared.clock.reset(),
    }
}
