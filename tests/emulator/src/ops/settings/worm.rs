//! A retention policy of a bucket (WORM): begun, locked, extended. It is kept and given back; no object is kept from being
//! deleted by it. (OSS documentation: *Retention policies*, InitiateBucketWorm; oss2's `test_bucket_worm.py`.)

use http::{HeaderName, StatusCode};

use super::{document, kept, malformed, parse};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::timestamp;
use crate::xml::{Element, Writer};

const PLACE: &str = "worm";
const WORM_ID: HeaderName = HeaderName::from_static("x-oss-worm-id");
/// A policy that is not locked lapses after a day.
const LAPSE: i64 = 24 * 3600;
/// 1 day to 70 years.
const MAX_DAYS: u32 = 25_550;

fn find(call: &Call, bucket: &Bucket) -> Result<Element, Failure> {
    let worm = kept(bucket, PLACE).filter(|worm| is_locked(worm) || begun(worm) + LAPSE > call.now);
    worm.ok_or_else(|| {
        let message = "The worm configuration does not exist.";
        Failure::new(StatusCode::NOT_FOUND, "NoSuchWORMConfiguration", message, "").field("BucketName", bucket.name())
    })
}

fn is_locked(worm: &Element) -> bool {
    worm.value("State") == Some("Locked")
}

/// When it was begun; a moment that cannot be read is long ago.
fn begun(worm: &Element) -> i64 {
    worm.value("CreationDate").and_then(timestamp::parse_iso_millis).unwrap_or(0)
}

fn locked() -> Failure {
    let message = "The worm configuration is locked.";
    Failure::new(StatusCode::FORBIDDEN, "WORMConfigurationLocked", message, "")
}

fn invalid() -> Failure {
    let message = "The worm state is invalid.";
    Failure::new(StatusCode::BAD_REQUEST, "InvalidWORMConfiguration", message, "")
}

/// The number of days that a document asks for.
async fn days(call: &mut Call, root: &str) -> Result<u32, Halt> {
    let given = parse(&document(call).await?, root)?;
    let days = given.value("RetentionPeriodInDays").and_then(|text| text.trim().parse().ok());
    Ok(days.filter(|days| (1..=MAX_DAYS).contains(days)).ok_or_else(malformed)?)
}

fn keep(bucket: &Bucket, id: &str, state: &str, days: u32, begun: i64) -> Result<(), Failure> {
    let mut worm = Element::with_text("WormConfiguration", "");
    worm.children = vec![
        Element::with_text("WormId", id),
        Element::with_text("State", state),
        Element::with_text("RetentionPeriodInDays", days.to_string()),
        Element::with_text("CreationDate", timestamp::iso_millis(begun)),
    ];
    bucket.change(|settings| {
        settings.documents.insert(PLACE.to_owned(), worm.write());
    })
}

/// The policy that a request names, with its days and its beginning.
fn named(call: &Call, bucket: &Bucket) -> Result<(Element, String, u32), Failure> {
    let worm = find(call, bucket)?;
    let id = worm.value("WormId").unwrap_or("").to_owned();
    if call.query.get("wormId") != Some(id.as_str()) {
        return Err(invalid());
    }
    let days = worm.value("RetentionPeriodInDays").and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
    Ok((worm, id, days))
}

pub(crate) async fn initiate(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let days = days(call, "InitiateWormConfiguration").await?;
    if find(call, &bucket).is_ok_and(|worm| is_locked(&worm)) {
        return Err(locked().into());
    }
    let id = call.shared.store.ids().request();
    keep(&bucket, &id, "InProgress", days, call.now)?;
    Ok(Reply::ok().header(WORM_ID, id))
}

pub(crate) fn complete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let (worm, id, days) = named(call, &bucket)?;
    if is_locked(&worm) {
        return Err(locked());
    }
    keep(&bucket, &id, "Locked", days, begun(&worm))?;
    Ok(Reply::ok())
}

/// Only a locked policy is extended, and never shortened.
pub(crate) async fn extend(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let wanted = days(call, "ExtendWormConfiguration").await?;
    let (worm, id, days) = named(call, &bucket)?;
    if !is_locked(&worm) || wanted < days {
        return Err(invalid().into());
    }
    keep(&bucket, &id, "Locked", wanted, begun(&worm))?;
    Ok(Reply::ok())
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let worm = find(call, &*call.bucket()?)?;
    Ok(Reply::xml(Writer::with(&worm.write())))
}

pub(crate) fn abort(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    if is_locked(&find(call, &bucket)?) {
        return Err(locked());
    }
    bucket.change(|settings| {
        settings.documents.remove(PLACE);
    })?;
    Ok(Reply::no_content())
}
