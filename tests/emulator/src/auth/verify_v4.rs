//! Whether a version 4 signature is right.

use super::sign_v4::{self, Scope, UNSIGNED_PAYLOAD};
use super::{Court, Identity, RequestView, SKEW, SignatureKind, same};
use crate::failures::Failure;
use crate::timestamp;

const MISMATCH: &str = "0002-00000201";
/// The longest validity of a signed URL: 7 days.
const MAX_EXPIRES: i64 = 604_800;

/// A signature with what it says of itself.
struct Claim<'a> {
    credential: &'a str,
    additional: Vec<&'a str>,
    signature: &'a str,
    /// The time as the request spells it, which is what was signed.
    date: String,
    /// The day of that time, `YYYYMMDD`, which the credential must name.
    day: String,
    token: Option<String>,
    kind: SignatureKind,
}

/// `Authorization: OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…`; `rest` follows the algorithm.
pub(super) fn header(court: &Court<'_>, request: &RequestView<'_>, rest: &str) -> Result<Identity, Failure> {
    if !rest.starts_with(' ') {
        return Err(Failure::authorization_malformed());
    }
    let (mut credential, mut additional, mut signature) = (None, None, None);
    // The SDKs write a bare comma, the documentation a comma and a space.
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(Failure::authorization_malformed)?;
        let slot = match name {
            "Credential" => &mut credential,
            "AdditionalHeaders" => &mut additional,
            "Signature" => &mut signature,
            _ => return Err(Failure::authorization_malformed()),
        };
        if slot.replace(value).is_some() {
            return Err(Failure::authorization_malformed());
        }
    }
    let credential = credential.ok_or_else(|| Failure::v4_credential(false))?;
    let signature = signature.ok_or_else(Failure::v4_signature_missing)?;
    let additional = names(additional)?;
    if request.header("x-oss-content-sha256").as_deref() != Some(UNSIGNED_PAYLOAD) {
        return Err(Failure::v4_payload());
    }
    let (date, time) = time(request)?;
    let token = request.header("x-oss-security-token");
    let kind = SignatureKind::V4Header;
    let claim = Claim { credential, additional, signature, date, day: timestamp::day(time), token, kind };
    check(court, request, &claim, || {
        if (court.now - time).abs() > SKEW {
            return Err(Failure::skewed(&timestamp::iso_millis(time), &timestamp::iso_millis(court.now)));
        }
        Ok(())
    })
}

/// The time of the request, as it is spelled and in seconds. Clients that do not send `x-oss-date` sign `Date`; each has
/// a spelling of its own. (OSS documentation: EC 0002-00000502 and -503; Go v1's tests of V4 against the service.)
fn time(request: &RequestView<'_>) -> Result<(String, i64), Failure> {
    let (time, date) = match request.header("x-oss-date") {
        Some(date) => (timestamp::parse_iso_basic(&date), date),
        None => {
            let date = request.header("date").ok_or_else(Failure::date_missing)?;
            (timestamp::parse_http_date(&date), date)
        }
    };
    Ok((date, time.ok_or_else(Failure::date_invalid)?))
}

/// `?x-oss-signature-version=OSS4-HMAC-SHA256&…`; `x-oss-expires` is a duration.
pub(super) fn presigned(court: &Court<'_>, request: &RequestView<'_>) -> Result<Identity, Failure> {
    let query = request.query;
    if query.get("x-oss-signature-version") != Some("OSS4-HMAC-SHA256") {
        return Err(Failure::authorization_unsupported());
    }
    let credential = query.get("x-oss-credential").ok_or_else(|| Failure::v4_credential(true))?;
    let signature = query.get("x-oss-signature").ok_or_else(Failure::v4_signature_missing)?;
    let additional = names(query.get("x-oss-additional-headers"))?;
    let date = query.get("x-oss-date").ok_or_else(Failure::date_missing)?.to_owned();
    let time = timestamp::parse_iso_basic(&date).ok_or_else(|| Failure::v4_date(true))?;
    let expires = query.get("x-oss-expires").ok_or_else(Failure::v4_expires_missing)?;
    let expires: i64 = expires.parse().map_err(|_| Failure::v4_expires_range())?;
    if !(1..=MAX_EXPIRES).contains(&expires) {
        return Err(Failure::v4_expires_range());
    }
    let token = query.get("x-oss-security-token").map(str::to_owned);
    let kind = SignatureKind::V4Presign;
    let claim = Claim { credential, additional, signature, date, day: timestamp::day(time), token, kind };
    check(court, request, &claim, || {
        if time > court.now + SKEW {
            return Err(Failure::v4_not_yet());
        }
        if court.now > time + expires {
            let (end, now) = (timestamp::iso_millis(time + expires), timestamp::iso_millis(court.now));
            return Err(Failure::v4_expired(&end, &now));
        }
        Ok(())
    })
}

/// The additional headers: absent is fine, present but empty is not. In order and without those signed anyway.
fn names(list: Option<&str>) -> Result<Vec<&str>, Failure> {
    let Some(list) = list else { return Ok(Vec::new()) };
    if list.is_empty() {
        return Err(Failure::v4_additional_empty());
    }
    let mut names: Vec<&str> = list.split(';').filter(|name| !sign_v4::signed_by_default(name)).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn check(
    court: &Court<'_>,
    request: &RequestView<'_>,
    claim: &Claim<'_>,
    in_time: impl FnOnce() -> Result<(), Failure>,
) -> Result<Identity, Failure> {
    let presigned = claim.kind == SignatureKind::V4Presign;
    let parts: Vec<&str> = claim.credential.split('/').collect();
    let [id, date, region, product, "aliyun_v4_request"] = parts[..] else {
        return Err(Failure::v4_credential(presigned));
    };
    if date != claim.day {
        return Err(Failure::v4_date(presigned));
    }
    if claim.signature.trim().is_empty() {
        return Err(Failure::v4_signature_blank());
    }
    if let Some(absent) = claim.additional.iter().find(|name| !request.headers.contains_key(**name)) {
        return Err(Failure::v4_additional_absent(absent));
    }
    let key = court.key(id)?;
    in_time()?;
    if product != "oss" {
        return Err(Failure::v4_product(presigned));
    }
    if !(court.regions)(region) {
        return Err(Failure::v4_region(presigned, region));
    }
    let scope = Scope { date: date.into(), region: region.into(), product: product.into() };
    let canonical = sign_v4::canonical_request(request, &claim.additional);
    let to_sign = sign_v4::string_to_sign(&claim.date, &scope, &canonical);
    if !same(&sign_v4::sign(&court.keys.derive(&key, &scope), &to_sign), claim.signature) {
        return Err(Failure::signature(MISMATCH, id, claim.signature, &to_sign).field("CanonicalRequest", canonical));
    }
    key.check_token(claim.token.as_deref(), court.now, court.keys)?;
    Ok(Identity::of(claim.kind, &key))
}
