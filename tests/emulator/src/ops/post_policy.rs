//! The policy of a form upload: until when, and which fields and sizes. (OSS documentation: PostObject.)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::Value;

use crate::auth::Fields;
use crate::failures::Failure;
use crate::timestamp;

/// A policy whose conditions on fields hold.
pub(super) struct Policy {
    /// How many bytes the file may have.
    pub(super) sizes: Option<(u64, u64)>,
}

/// Reads a policy and compares it with the fields of the form.
pub(super) fn check(text: &str, fields: &Fields, bucket: &str, now: i64) -> Result<Policy, Failure> {
    let policy: Option<Value> = STANDARD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let policy = policy.ok_or_else(|| invalid("The policy is not a Base64 text of JSON."))?;
    let expiration = policy.get("expiration").and_then(Value::as_str).ok_or_else(|| invalid("No expiration."))?;
    // `2014-12-01T12:00:00.000Z`; the fraction may be missing.
    let compact: String = expiration.split('.').next().unwrap_or("").replace(['-', ':', 'Z'], "");
    let end =
        timestamp::parse_iso_basic(&format!("{compact}Z")).ok_or_else(|| invalid("The expiration is no time."))?;
    if end < now {
        return Err(refused("Policy expired.".into()));
    }
    let mut sizes = None;
    let conditions = policy.get("conditions").and_then(Value::as_array);
    for condition in conditions.ok_or_else(|| invalid("No conditions."))? {
        one(condition, fields, bucket, &mut sizes)?;
    }
    Ok(Policy { sizes })
}

fn one(condition: &Value, fields: &Fields, bucket: &str, sizes: &mut Option<(u64, u64)>) -> Result<(), Failure> {
    let given = |name: &str| -> String {
        let name = name.trim_start_matches('$').to_ascii_lowercase();
        if name == "bucket" { bucket.to_owned() } else { fields.get(&name).cloned().unwrap_or_default() }
    };
    let unmet = || refused(format!("Policy Condition failed: {condition}"));
    let holds = match condition {
        Value::Object(pairs) => {
            pairs.iter().all(|(name, value)| value.as_str().is_some_and(|value| given(name) == value))
        }
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(kind), Value::Number(least), Value::Number(most)] if kind == "content-length-range" => {
                *sizes = least.as_u64().zip(most.as_u64());
                sizes.is_some()
            }
            [Value::String(kind), Value::String(name), Value::String(value)] => match kind.as_str() {
                "eq" => given(name) == *value,
                "starts-with" => given(name).starts_with(value.as_str()),
                _ => return Err(invalid("A condition is of no known kind.")),
            },
            [Value::String(kind), Value::String(name), Value::Array(values)] => {
                let among = values.iter().any(|value| value.as_str() == Some(&given(name)));
                match kind.as_str() {
                    "in" => among,
                    "not-in" => !among,
                    _ => return Err(invalid("A condition is of no known kind.")),
                }
            }
            _ => return Err(invalid("A condition is of no known form.")),
        },
        _ => return Err(invalid("A condition is of no known form.")),
    };
    if holds { Ok(()) } else { Err(unmet()) }
}

fn invalid(why: &'static str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "InvalidPolicyDocument", format!("Invalid Policy: {why}"), "")
}

pub(super) fn refused(why: String) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "AccessDenied", format!("Invalid according to Policy: {why}"), "")
}
