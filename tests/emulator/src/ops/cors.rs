//! What a bucket lets pages of other origins do. (OSS documentation: PutBucketCors, OptionObject.)

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::settings;
use crate::call::Call;
use crate::failures::Failure;
use crate::faults::Glob;
use crate::reply::Reply;
use crate::xml::Element;

/// Answers the question of a browser before it sends a request: nobody signs it.
pub(crate) fn preflight(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let need = |name: &str, message: &'static str| {
        call.header(name).ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, "BadRequest", message, ""))
    };
    let origin = need("origin", "Insufficient information. Origin request header needed")?;
    let method = need(
        "access-control-request-method",
        "Insufficient information. Request Access-Control-Request-Method header needed",
    )?;
    let asked = call.header("access-control-request-headers").unwrap_or("");
    let rules = settings::kept(&bucket, "cors");
    let rules = rules.as_ref().ok_or_else(|| forbidden("CORSResponse: CORS is not enabled for this bucket."))?;
    let rule = rules.all("CORSRule").find(|rule| fits(rule, origin, method) && lets_headers(rule, asked));
    let rule = rule.ok_or_else(|| {
        forbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request \
             method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the \
             resource's CORS spec.",
        )
    })?;
    let mut reply = Reply::ok();
    reply.headers = granted(rules, rule, origin);
    if !asked.is_empty() {
        reply.set(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    Ok(reply)
}

/// What an answer to a page of another origin says of what the page may see of it; nothing if it may not.
pub(crate) fn headers(call: &Call) -> HeaderMap {
    let found = || {
        let origin = call.header("origin")?;
        let bucket = call.shared.store.bucket(call.target.bucket.as_deref()?)?;
        let rules = settings::kept(&bucket, "cors")?;
        let rule = rules.all("CORSRule").find(|rule| fits(rule, origin, call.method.as_str()))?;
        Some(granted(&rules, rule, origin))
    };
    found().unwrap_or_default()
}

fn forbidden(message: &'static str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "AccessForbidden", message, "")
}

fn fits(rule: &Element, origin: &str, method: &str) -> bool {
    rule.all("AllowedOrigin").any(|it| Glob::new(&it.text).matches(origin))
        && rule.all("AllowedMethod").any(|it| it.text == method)
}

fn lets_headers(rule: &Element, asked: &str) -> bool {
    let lets = |name: &str| {
        rule.all("AllowedHeader").any(|it| Glob::new(it.text.to_ascii_lowercase()).matches(&name.to_ascii_lowercase()))
    };
    asked.split(',').map(str::trim).filter(|name| !name.is_empty()).all(lets)
}

fn granted(rules: &Element, rule: &Element, origin: &str) -> HeaderMap {
    let everybody = rule.all("AllowedOrigin").any(|it| it.text == "*");
    let joined = |name| rule.all(name).map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ");
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, if everybody { "*" } else { origin });
    set(header::ACCESS_CONTROL_ALLOW_METHODS, &joined("AllowedMethod"));
    if rule.child("ExposeHeader").is_some() {
        set(header::ACCESS_CONTROL_EXPOSE_HEADERS, &joined("ExposeHeader"));
    }
    if let Some(age) = rule.value("MaxAgeSeconds") {
        set(header::ACCESS_CONTROL_MAX_AGE, age.trim());
    }
    if rules.value("ResponseVary") == Some("true") {
        set(header::VARY, "Origin");
    }
    headers
}
