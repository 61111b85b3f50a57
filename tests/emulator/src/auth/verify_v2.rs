//! Whether a version 2 signature is right.

use super::sign_v2::{sign, string_to_sign};
use super::{AccessKey, Court, Identity, RequestView, SKEW, SignatureKind, same};
use crate::failures::Failure;
use crate::timestamp;

/// `Authorization: OSS2 AccessKeyId:…,AdditionalHeaders:…,Signature:…`; `fields` is what follows `OSS2 `.
pub(super) fn header(court: &Court<'_>, request: &RequestView<'_>, fields: &str) -> Result<Identity, Failure> {
    let (mut id, mut additional, mut signature) = (None, None, None);
    for field in fields.split(',') {
        let (name, value) = field.trim().split_once(':').ok_or_else(|| Failure::v2_header("0002-00000103"))?;
        let slot = match name {
            "AccessKeyId" => &mut id,
            "AdditionalHeaders" => &mut additional,
            "Signature" => &mut signature,
            _ => return Err(Failure::v2_header("0002-00000104")),
        };
        if slot.replace(value).is_some() {
            return Err(Failure::v2_header("0002-00000104"));
        }
    }
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Failure::v2_header("0002-00000106"))?;
    let signature = signature.ok_or_else(|| Failure::v2_header("0002-00000103"))?;
    let additional = names(request, additional, "0002-00000112")?;
    let date = request.header("date").ok_or_else(Failure::date_missing)?;
    let time = timestamp::parse_http_date(&date).ok_or_else(Failure::date_invalid)?;
    let key = court.key(id)?;
    if (court.now - time).abs() > SKEW {
        return Err(Failure::skewed(&timestamp::iso_millis(time), &timestamp::iso_millis(court.now)));
    }
    check(&key, request, &date, &additional, signature)?;
    key.check_token(request.header("x-oss-security-token").as_deref(), court.now, court.keys)?;
    Ok(Identity::of(SignatureKind::V2Header, &key))
}

/// `?x-oss-signature-version=OSS2&x-oss-access-key-id=…&x-oss-expires=…&x-oss-signature=…`; the expiry is an absolute time.
pub(super) fn presigned(court: &Court<'_>, request: &RequestView<'_>) -> Result<Identity, Failure> {
    let query = request.query;
    let id = query.get("x-oss-access-key-id").ok_or_else(|| Failure::v2_url("0002-00000115"))?;
    let expires = query.get("x-oss-expires").ok_or_else(Failure::v1_query_incomplete)?;
    let signature = query.filled("x-oss-signature").ok_or_else(|| Failure::v2_url("0002-00000118"))?;
    let additional = names(request, query.get("x-oss-additional-headers"), "0002-00000077")?;
    let end: i64 = expires.parse().map_err(|_| Failure::v1_expires_malformed())?;
    if court.now > end {
        return Err(Failure::v1_expired(&timestamp::iso_millis(end), &timestamp::iso_millis(court.now)));
    }
    let key = court.key(id)?;
    check(&key, request, expires, &additional, signature)?;
    let token = query.get("security-token").or_else(|| query.get("x-oss-security-token"));
    key.check_token(token, court.now, court.keys)?;
    Ok(Identity::of(SignatureKind::V2Presign, &key))
}

/// The additional headers in order, each of which must be in the request. oss2 lists them in any order and signs them in
/// this one.
fn names<'a>(request: &RequestView<'_>, list: Option<&'a str>, absent: &'static str) -> Result<Vec<&'a str>, Failure> {
    let Some(list) = list else { return Ok(Vec::new()) };
    if list.split(';').any(str::is_empty) {
        return Err(Failure::v2_header("0002-00000110"));
    }
    let mut names: Vec<&str> = list.split(';').collect();
    names.sort_unstable();
    names.dedup();
    match names.iter().find(|name| !request.headers.contains_key(**name)) {
        Some(name) => Err(Failure::v2_additional_absent(absent, name)),
        None => Ok(names),
    }
}

fn check(
    key: &AccessKey,
    request: &RequestView<'_>,
    date: &str,
    additional: &[&str],
    signature: &str,
) -> Result<(), Failure> {
    let to_sign = string_to_sign(request, date, additional);
    if same(&sign(key.secret(), &to_sign), signature) {
        return Ok(());
    }
    Err(Failure::signature("0002-00000101", key.id(), signature, &to_sign))
}
