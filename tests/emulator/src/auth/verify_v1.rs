//! Whether a version 1 signature is right.

use super::sign_v1::{SubResources, sign, string_to_sign};
use super::{AccessKey, Court, Identity, RequestView, SKEW, SignatureKind, same};
use crate::failures::Failure;
use crate::timestamp;

const MISMATCH: &str = "0002-00000040";

/// `Authorization: OSS <id>:<signature>`; `credentials` is what follows `OSS `.
pub(super) fn header(court: &Court<'_>, request: &RequestView<'_>, credentials: &str) -> Result<Identity, Failure> {
    let (id, signature) = credentials.trim().split_once(':').ok_or_else(Failure::authorization_malformed)?;
    if id.is_empty() {
        return Err(Failure::authorization_malformed());
    }
    if signature.is_empty() {
        return Err(Failure::v1_signature_empty());
    }
    // Clients that cannot set Date send x-oss-date instead, and then sign that.
    let date = request.header("x-oss-date").or_else(|| request.header("date")).ok_or_else(Failure::date_missing)?;
    let time = timestamp::parse_http_date(&date)
        .or_else(|| timestamp::parse_iso_basic(&date))
        .ok_or_else(Failure::date_invalid)?;
    let key = court.key(id)?;
    if (court.now - time).abs() > SKEW {
        return Err(Failure::skewed(&timestamp::iso_millis(time), &timestamp::iso_millis(court.now)));
    }
    check(&key, request, &date, signature)?;
    key.check_token(request.header("x-oss-security-token").as_deref(), court.now, court.keys)?;
    Ok(Identity::of(SignatureKind::V1Header, &key))
}

/// `?OSSAccessKeyId=…&Expires=…&Signature=…`; `Expires` is an absolute time.
pub(super) fn presigned(court: &Court<'_>, request: &RequestView<'_>) -> Result<Identity, Failure> {
    let query = request.query;
    let (Some(id), Some(expires), Some(signature)) =
        (query.get("OSSAccessKeyId"), query.get("Expires"), query.get("Signature"))
    else {
        return Err(Failure::v1_query_incomplete());
    };
    if expires.is_empty() {
        return Err(Failure::v1_expires_empty());
    }
    let end: i64 = expires.parse().map_err(|_| Failure::v1_expires_malformed())?;
    // The documentation says that the expiry is looked at before the signature.
    if court.now > end {
        return Err(Failure::v1_expired(&timestamp::iso_millis(end), &timestamp::iso_millis(court.now)));
    }
    let key = court.key(id)?;
    check(&key, request, expires, signature)?;
    let token = query.get("security-token").or_else(|| query.get("x-oss-security-token")).map(str::to_owned);
    let token = token.or_else(|| request.header("x-oss-security-token"));
    key.check_token(token.as_deref(), court.now, court.keys)?;
    Ok(Identity::of(SignatureKind::V1Presign, &key))
}

fn check(key: &AccessKey, request: &RequestView<'_>, date: &str, signature: &str) -> Result<(), Failure> {
    let to_sign = string_to_sign(request, date, SubResources::Union);
    if same(&sign(key.secret(), &to_sign), signature) {
        return Ok(());
    }
    let common = string_to_sign(request, date, SubResources::Common);
    if common != to_sign && same(&sign(key.secret(), &common), signature) {
        return Ok(());
    }
    Err(Failure::signature(MISMATCH, key.id(), signature, &to_sign))
}
