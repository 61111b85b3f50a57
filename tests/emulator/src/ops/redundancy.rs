//! Tasks that change how often a bucket's data are kept. They are kept and given back, and none begins: each stays in the
//! queue until it is deleted. (OSS documentation: CreateBucketDataRedundancyTransition, GetBucketDataRedundancyTransition,
//! ListBucketDataRedundancyTransition, ListUserDataRedundancyTransition, DeleteBucketDataRedundancyTransition.)

use http::StatusCode;

use super::encoding::limit;
use super::settings;
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::timestamp;
use crate::xml::{Element, Writer};

const SLOT: &str = "redundancyTransition/";
const TASK: &str = "x-oss-redundancy-transition-taskid";

/// There is one task at a time, and ZRS is where it can lead.
pub(crate) fn create(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let wanted = call.query.get("x-oss-target-redundancy-type").unwrap_or("");
    if wanted != "ZRS" {
        let message = "The target redundancy type is invalid.";
        return Err(Failure::argument(message, "", "x-oss-target-redundancy-type", wanted));
    }
    if bucket.redundancy() == "ZRS" || !tasks(&bucket).is_empty() {
        let message = "The bucket has that redundancy already, or a task leads to it.";
        return Err(Failure::new(StatusCode::CONFLICT, "BucketDataRedundancyTransitionAlreadyExist", message, ""));
    }
    let id = call.shared.store.ids().request().to_ascii_lowercase();
    let mut task = Element::with_text("BucketDataRedundancyTransition", "");
    task.children = vec![
        Element::with_text("Bucket", bucket.name()),
        Element::with_text("TaskId", &*id),
        Element::with_text("CreateTime", timestamp::iso_millis(call.now)),
        Element::with_text("Status", "Queueing"),
    ];
    bucket.change(|settings| drop(settings.documents.insert(format!("{SLOT}{id}"), task.write())))?;
    let mut xml = Writer::new();
    xml.open("BucketDataRedundancyTransition");
    xml.text("TaskId", &id);
    xml.close("BucketDataRedundancyTransition");
    Ok(Reply::xml(xml.finish()))
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let id = call.query.get(TASK).unwrap_or("");
    let task = settings::kept(&bucket, &format!("{SLOT}{id}")).ok_or_else(|| absent(id))?;
    Ok(Reply::xml(Writer::with(&task.write())))
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let id = call.query.get(TASK).unwrap_or("");
    let slot = format!("{SLOT}{id}");
    if settings::kept(&bucket, &slot).is_none() {
        return Err(absent(id));
    }
    bucket.change(|settings| drop(settings.documents.remove(&slot)))?;
    Ok(Reply::no_content())
}

/// The tasks of a bucket.
pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    Ok(document(&tasks(&bucket), None))
}

/// Those of all buckets of the account, the newest first.
pub(crate) fn list_of_account(call: &Call) -> Result<Reply, Failure> {
    let owner = &call.signed()?.owner;
    let most = limit(call, "max-keys", 100, "")?;
    let skipped = match call.query.filled("continuation-token") {
        None => 0,
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| Failure::argument("The continuation token is invalid.", "", "continuation-token", token))?,
    };
    let buckets = call.shared.store.buckets();
    let own = buckets.iter().filter(|bucket| bucket.owner() == owner);
    let mut all: Vec<Element> = own.flat_map(|bucket| tasks(bucket)).collect();
    all.sort_by(|one, other| other.value("CreateTime").cmp(&one.value("CreateTime")));
    let rest = all.get(skipped..).unwrap_or_default();
    let page = rest.get(..most).unwrap_or(rest);
    Ok(document(page, (page.len() < rest.len()).then(|| skipped + page.len())))
}

fn tasks(bucket: &Bucket) -> Vec<Element> {
    let state = bucket.read();
    let kept = state.settings.documents.iter().filter(|(slot, _)| slot.starts_with(SLOT));
    kept.filter_map(|(_, document)| Element::parse(document)).collect()
}

fn document(tasks: &[Element], next: Option<usize>) -> Reply {
    let mut xml = Writer::new();
    xml.open("ListBucketDataRedundancyTransition");
    xml.text("IsTruncated", if next.is_some() { "true" } else { "false" });
    if let Some(next) = next {
        xml.text("NextContinuationToken", &next.to_string());
    }
    tasks.iter().for_each(|task| xml.element(task));
    xml.close("ListBucketDataRedundancyTransition");
    Reply::xml(xml.finish())
}

fn absent(id: &str) -> Failure {
    let message = "The data redundancy transition task does not exist.";
    Failure::new(StatusCode::NOT_FOUND, "NoSuchBucketDataRedundancyTransition", message, "").field("TaskId", id)
}
