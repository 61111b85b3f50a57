//! Signed calls of STS (documentation: *Request syntax and signature method V2 for RPC APIs*): HMAC-SHA1 over every
//! parameter but the signature, those of the URL and those of the form alike.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use sha1::Sha1;

use super::sts::{Asked, need};
use crate::auth::AccessKey;
use crate::failures::Failure;
use crate::percent;
use crate::shared::Shared;

/// How long a nonce is remembered, in seconds: longer than a request with it would be taken.
const REMEMBERED: i64 = 30 * 60;

/// Finds out who signed a call.
pub(super) fn signer(shared: &Shared, asked: &Asked, method: &Method) -> Result<Arc<AccessKey>, Failure> {
    let id = need(asked, "AccessKeyId")?;
    let given = need(asked, "Signature")?;
    let nonce = need(asked, "SignatureNonce")?;
    if need(asked, "SignatureMethod")? != "HMAC-SHA1" || need(asked, "SignatureVersion")? != "1.0" {
        return Err(refused("InvalidParameter.SignatureMethod", "Specified signature method or version is not valid."));
    }
    let key = shared.keys.known(id).ok_or_else(|| {
        let message = "Specified access key is not found.";
        Failure::new(StatusCode::NOT_FOUND, "InvalidAccessKeyId.NotFound", message, "")
    })?;
    let to_sign = string_to_sign(method.as_str(), asked);
    if given != sign(&to_sign, key.secret()) {
        let message =
            format!("Specified signature is not matched with our calculation. server string to sign is:{to_sign}");
        return Err(refused("SignatureDoesNotMatch", message));
    }
    token(&key, asked.get("SecurityToken"), shared.clock.seconds())?;
    let now = shared.clock.seconds();
    let mut state = shared.ram.lock();
    let nonces: &mut HashMap<String, i64> = &mut state.nonces;
    nonces.retain(|_, seen| now - *seen < REMEMBERED);
    match nonces.insert(nonce.to_owned(), now) {
        Some(_) => Err(refused("SignatureNonceUsed", "Specified signature nonce was used already.")),
        None => Ok(key),
    }
}

fn token(key: &AccessKey, given: Option<&str>, now: i64) -> Result<(), Failure> {
    match (key.own_token(), given) {
        (None, None) => Ok(()),
        (Some((own, end)), Some(given)) if own == given => match end {
            Some(end) if now >= end => {
                Err(refused("InvalidSecurityToken.Expired", "Specified SecurityToken is expired."))
            }
            _ => Ok(()),
        },
        (Some(_), None) => Err(refused("MissingSecurityToken", "SecurityToken is mandatory for this action.")),
        (_, Some(_)) => Err(refused(
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        )),
    }
}

fn string_to_sign(method: &str, asked: &Asked) -> String {
    let mut parameters: Vec<(String, String)> = asked
        .query
        .pairs()
        .iter()
        .chain(asked.form.pairs())
        .filter(|(name, _)| name != "Signature")
        .map(|(name, value)| (name.clone(), value.clone().unwrap_or_default()))
        .collect();
    parameters.sort();
    let canonical: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value)))
        .collect();
    format!("{method}&%2F&{}", percent::encode(&canonical.join("&")))
}

fn sign(to_sign: &str, secret: &str) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()).expect("HMAC takes a key of any length");
    mac.update(to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn refused(code: &'static str, message: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, code, message, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    #[test]
    fn the_documentations_example() {
        let query = "AccessKeyId=testid&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1&SignatureNonce=\
                     3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0&Timestamp=2016-02-23T12%3A46%3A24Z&Version=\
                     2014-05-26&Signature=x";
        let asked = Asked { query: Query::parse(query).expect("a query"), form: Query::default() };
        assert_eq!(sign(&string_to_sign("GET", &asked), "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }
}
