//! Conditions on what is read, and the refusal of conditions on what is written.

use crate::call::Call;
use crate::failures::Failure;
use crate::store::{Content, Version};
use crate::timestamp;

/// The names under which a request states its conditions.
pub(crate) struct Names {
    if_match: &'static str,
    if_none_match: &'static str,
    if_modified_since: &'static str,
    if_unmodified_since: &'static str,
}

/// Conditions on the object itself.
pub(crate) const OWN: Names = Names {
    if_match: "if-match",
    if_none_match: "if-none-match",
    if_modified_since: "if-modified-since",
    if_unmodified_since: "if-unmodified-since",
};

/// Conditions on the source of a copy.
pub(crate) const SOURCE: Names = Names {
    if_match: "x-oss-copy-source-if-match",
    if_none_match: "x-oss-copy-source-if-none-match",
    if_modified_since: "x-oss-copy-source-if-modified-since",
    if_unmodified_since: "x-oss-copy-source-if-unmodified-since",
};

/// `If-Match` and `If-Unmodified-Since` fail with 412, the other two with 304; so do those of a copy's source.
/// (OSS documentation: GetObject, CopyObject.)
pub(crate) fn check(call: &Call, names: &Names, version: &Version, content: &Content) -> Result<(), Failure> {
    let time = |name: &str| call.header(name).and_then(timestamp::parse_http_date);
    if call.header(names.if_match).is_some_and(|list| !lists(list, &content.etag)) {
        return Err(Failure::precondition("If-Match"));
    }
    if time(names.if_unmodified_since).is_some_and(|time| version.modified > time) {
        return Err(Failure::precondition("If-Unmodified-Since"));
    }
    if call.header(names.if_none_match).is_some_and(|list| lists(list, &content.etag)) {
        return Err(Failure::not_modified());
    }
    // HTTP has a time in the future ignored; OSS does not ignore it. (Tests of Go v1 and Python v2.)
    if time(names.if_modified_since).is_some_and(|time| version.modified <= time) {
        return Err(Failure::not_modified());
    }
    Ok(())
}

fn lists(list: &str, etag: &str) -> bool {
    list.split(',').map(|one| one.trim().trim_matches('"')).any(|one| one == "*" || one == etag)
}

/// OSS has no conditional writes: it says so rather than ignore the header.
/// (OSS documentation: Error responses, EC 0017-00000245.)
pub(crate) fn refuse_on_write(call: &Call) -> Result<(), Failure> {
    for name in ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"] {
        if call.headers.contains_key(name.to_ascii_lowercase()) {
            return Err(Failure::header_not_implemented(name));
        }
    }
    Ok(())
}

/// `x-oss-forbid-overwrite`: gives the EC to answer if there is an object. Only `true` and `false` are values.
pub(crate) fn forbid(call: &Call, ec: &'static str) -> Result<Option<&'static str>, Failure> {
    match call.header("x-oss-forbid-overwrite") {
        None | Some("false") => Ok(None),
        Some("true") => Ok(Some(ec)),
        Some(other) => Err(Failure::forbid_overwrite(other)),
    }
}
