//! The retention and the legal hold of an object. They are kept and given back; the emulator deletes and overwrites objects
//! all the same. (OSS documentation: PutObjectRetention, GetObjectRetention, PutObjectLegalHold, GetObjectLegalHold. It
//! names no codes for the refusals, which are the emulator's choice.)

use http::StatusCode;

use super::get_object::{self, Found};
use super::settings;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::{ObjectType, Retention};
use crate::timestamp;
use crate::xml::{Element, Writer};

pub(crate) fn get_retention(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let content = found.content()?;
    let retention = content.metadata.retention.as_ref().ok_or_else(|| absent("retention"))?;
    let mut xml = Writer::new();
    xml.open("Retention");
    xml.text("Mode", &retention.mode);
    xml.text("RetainUntilDate", &timestamp::iso_millis(retention.until));
    xml.close("Retention");
    Ok(Reply::xml(xml.finish()).version(found.bucket.versioning(), &found.version))
}

/// The end lies in the future. That of COMPLIANCE is only moved away, that of GOVERNANCE also nearer, by who says so.
pub(crate) async fn put_retention(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let found = lockable(call)?;
    let root = settings::parse(&text, "Retention")?;
    let mode = root.value("Mode").map(str::trim).filter(|mode| ["COMPLIANCE", "GOVERNANCE"].contains(mode));
    let mode = mode.ok_or_else(settings::malformed)?.to_owned();
    let date = root.value("RetainUntilDate").map(str::trim).unwrap_or("");
    let until = timestamp::parse_iso_millis(date).ok_or_else(settings::malformed)?;
    if until <= call.now {
        return Err(
            Failure::argument("The retain until date must be in the future.", "", "RetainUntilDate", date).into()
        );
    }
    let bypasses = call.header("x-oss-bypass-governance-retention") == Some("true");
    let earlier = found.content()?.metadata.retention.as_ref().filter(|earlier| call.now < earlier.until);
    let shortens = earlier.is_some_and(|earlier| {
        let governed = earlier.mode == "GOVERNANCE";
        let weaker = until < earlier.until || (!governed && mode != earlier.mode);
        weaker && !(governed && bypasses)
    });
    if shortens {
        let message = "The retention of the object cannot be shortened.";
        return Err(Failure::new(StatusCode::FORBIDDEN, "AccessDenied", message, "").into());
    }
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.retention = Some(Retention { mode, until }))?;
    Ok(Reply::ok().version(found.bucket.versioning(), &found.version))
}

pub(crate) fn get_legal_hold(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let held = found.content()?.metadata.legal_hold.ok_or_else(|| absent("legal hold"))?;
    let mut xml = Writer::new();
    xml.open("LegalHold");
    xml.text("Status", if held { "ON" } else { "OFF" });
    xml.close("LegalHold");
    Ok(Reply::xml(xml.finish()).version(found.bucket.versioning(), &found.version))
}

pub(crate) async fn put_legal_hold(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let found = lockable(call)?;
    let root: Element = settings::parse(&text, "LegalHold")?;
    let held = match root.value("Status").map(str::trim) {
        Some("ON") => true,
        Some("OFF") => false,
        _ => return Err(settings::malformed().into()),
    };
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.legal_hold = Some(held))?;
    Ok(Reply::ok().version(found.bucket.versioning(), &found.version))
}

/// An object that can be held: the bucket lets objects be, and nothing is appended to it.
fn lockable(call: &Call) -> Result<Found, Failure> {
    let found = get_object::find(call)?;
    if settings::kept(&found.bucket, "objectWorm").is_none() {
        let message = "Object WORM is not enabled for the bucket.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidRequest", message, ""));
    }
    if found.content()?.kind == ObjectType::Appendable {
        let message = "Appendable objects cannot be retained.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "OperationNotSupported", message, ""));
    }
    Ok(found)
}

fn absent(what: &str) -> Failure {
    let message = format!("The object has no {what}.");
    Failure::new(StatusCode::NOT_FOUND, "NoSuchObjectWormConfiguration", message, "")
}
