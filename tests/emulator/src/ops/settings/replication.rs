//! Rules by which a bucket is replicated. They are kept and given back; nothing is replicated.
//! (OSS documentation: PutBucketReplication, GetBucketReplicationProgress; oss2's `test_bucket_replication.py`.)

use http::StatusCode;

use super::{document, kept, malformed, parse};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::ops::regions;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::xml::{Element, Writer};

const PLACE: &str = "replication";
const ROOT: &str = "ReplicationConfiguration";

fn rules(bucket: &Bucket) -> Element {
    kept(bucket, PLACE).unwrap_or_else(|| Element::with_text(ROOT, ""))
}

fn keep(bucket: &Bucket, rules: &Element) -> Result<(), Failure> {
    bucket.change(|settings| {
        settings.documents.insert(PLACE.to_owned(), rules.write());
    })
}

fn absent() -> Failure {
    let message = "The bucket replication rule does not exist.";
    Failure::new(StatusCode::NOT_FOUND, "NoSuchReplicationRule", message, "")
}

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let mut given = parse(&document(call).await?, ROOT)?;
    let at = given.children.iter().position(|child| child.name == "Rule").ok_or_else(malformed)?;
    let mut rule = given.children.swap_remove(at);
    let (target, location) = destination(&rule).ok_or_else(malformed)?;
    let mut rules = rules(&bucket);
    let same = |other: &Element| destination(other).is_some_and(|other| other == (target, location));
    if rules
        .children
        .iter()
        .any(|other| same(other) || other.value("ID").is_some_and(|id| rule.value("ID") == Some(id)))
    {
        let message = "The bucket replication rule already exists.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "BucketReplicationAlreadyExist", message, "").into());
    }
    complete(call, &mut rule);
    rules.children.push(rule);
    keep(&bucket, &rules)?;
    Ok(Reply::ok())
}

/// The bucket and the place a rule leads to.
fn destination(rule: &Element) -> Option<(&str, &str)> {
    let destination = rule.child("Destination")?;
    Some((destination.value("Bucket")?, destination.value("Location")?))
}

/// What the service tells of a rule though it was not said; and it forgets how encrypted objects are replicated where no role
/// could read them, and the key where they are left out.
fn complete(call: &Call, rule: &mut Element) {
    let id = call.shared.store.ids().request().to_ascii_lowercase();
    for (name, value) in [("ID", id.as_str()), ("Action", "ALL"), ("HistoricalObjectReplication", "enabled")] {
        if rule.value(name).is_none_or(str::is_empty) {
            rule.children.retain(|child| child.name != name);
            rule.children.push(Element::with_text(name, value));
        }
    }
    let criteria = rule.child("SourceSelectionCriteria").and_then(|it| it.child("SseKmsEncryptedObjects"));
    let skips = criteria.is_none_or(|it| it.value("Status") != Some("Enabled"));
    let role = rule.child("SyncRole").is_some();
    rule.children.retain(|child| match child.name.as_str() {
        "SourceSelectionCriteria" => role,
        "EncryptionConfiguration" => role && !skips,
        other => other != "Status",
    });
    rule.children.push(Element::with_text("Status", "starting"));
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let rules = rules(&*call.bucket()?);
    if rules.children.is_empty() {
        let message = "The bucket you specified does not have replication configuration.";
        return Err(Failure::new(StatusCode::NOT_FOUND, "NoSuchReplicationConfiguration", message, ""));
    }
    Ok(Reply::xml(Writer::with(&rules.write())))
}

/// A rule that is deleted is being closed from then on, which the service does in its own time, and this never finishes.
pub(crate) async fn delete(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let given = parse(&document(call).await?, "ReplicationRules")?;
    let id = given.value("ID").ok_or_else(malformed)?;
    let mut rules = rules(&bucket);
    let rule = rules.children.iter_mut().find(|rule| rule.value("ID") == Some(id)).ok_or_else(absent)?;
    rule.children.iter_mut().filter(|child| child.name == "Status").for_each(|status| status.text = "closing".into());
    keep(&bucket, &rules)?;
    Ok(Reply::ok())
}

/// Whether what a rule replicates is to arrive within minutes. (OSS documentation: PutBucketRTC.)
pub(crate) async fn put_rtc(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let mut given = parse(&document(call).await?, "ReplicationRule")?;
    let at = given.children.iter().position(|child| child.name == "RTC").ok_or_else(malformed)?;
    let rtc = given.children.swap_remove(at);
    let id = given.value("ID").ok_or_else(malformed)?;
    let mut rules = rules(&bucket);
    let rule = rules.children.iter_mut().find(|rule| rule.value("ID") == Some(id)).ok_or_else(absent)?;
    rule.children.retain(|child| child.name != "RTC");
    rule.children.push(rtc);
    keep(&bucket, &rules)?;
    Ok(Reply::ok())
}

/// Every other region can be a target.
pub(crate) fn locations(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let others: Vec<String> = regions::all(call)
        .into_iter()
        .filter(|region| region != bucket.region())
        .map(|it| format!("oss-{it}"))
        .collect();
    let mut xml = Writer::new();
    xml.open("ReplicationLocation");
    others.iter().for_each(|region| xml.text("Location", region));
    xml.open("LocationTransferTypeConstraint");
    for region in &others {
        xml.open("LocationTransferType");
        xml.text("Location", region);
        xml.open("TransferTypes");
        xml.text("Type", "oss_acc");
        xml.close("TransferTypes");
        xml.close("LocationTransferType");
    }
    xml.close("LocationTransferTypeConstraint");
    xml.close("ReplicationLocation");
    Ok(Reply::xml(xml.finish()))
}

/// How far a rule has come: nowhere.
pub(crate) fn progress(call: &Call) -> Result<Reply, Failure> {
    const TOLD: [&str; 6] = ["ID", "PrefixSet", "Action", "Destination", "Status", "HistoricalObjectReplication"];
    let wanted = call.query.filled("rule-id");
    let rules = rules(&*call.bucket()?);
    let fits = |rule: &Element| wanted.is_none() || rule.value("ID") == wanted;
    let mut told = Element::with_text("ReplicationProgress", "");
    told.children = rules.children.into_iter().filter(fits).collect();
    if told.children.is_empty() {
        return Err(absent());
    }
    for rule in &mut told.children {
        rule.children.retain(|child| TOLD.contains(&child.name.as_str()));
        if rule.value("HistoricalObjectReplication") == Some("enabled") || wanted.is_some() {
            let mut progress = Element::with_text("Progress", "");
            progress.children.push(Element::with_text("HistoricalObject", "0"));
            rule.children.push(progress);
        }
    }
    Ok(Reply::xml(Writer::with(&told.write())))
}
