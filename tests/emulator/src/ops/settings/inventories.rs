//! Inventories: lists of a bucket's objects that the service would write. They are kept and given back; none is written.
//! (OSS documentation: PutBucketInventory, ListBucketInventory; oss2's `test_bucket_inventory.py`, Go v1's
//! `TestSetBucketInventory` and `TestBucketInventoryNegative`.)

use http::StatusCode;

use super::checks::argument;
use super::{document, kept, malformed, parse};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::xml::{Element, Writer};

const PREFIX: &str = "inventory/";
/// A page has 100 of the 1000 that a bucket may have.
const PAGE: usize = 100;
const MOST: usize = 1000;

fn place(id: &str) -> String {
    format!("{PREFIX}{id}")
}

fn id(call: &Call) -> &str {
    call.query.get("inventoryId").unwrap_or("")
}

/// The inventories of a bucket, by id.
fn all(bucket: &Bucket) -> Vec<(String, Element)> {
    let state = bucket.read();
    let named = state.settings.documents.iter().filter_map(|(place, text)| Some((place.strip_prefix(PREFIX)?, text)));
    named.filter_map(|(id, text)| Some((id.to_owned(), Element::parse(text)?))).collect()
}

fn absent(bucket: &Bucket) -> Failure {
    let message = "The specified inventory does not exist.";
    Failure::new(StatusCode::NOT_FOUND, "NoSuchInventory", message, "").field("BucketName", bucket.name())
}

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let mut given = parse(&document(call).await?, "InventoryConfiguration")?;
    let id = id(call);
    if given.value("Id") != Some(id) || given.child("Schedule").is_none() {
        return Err(malformed().into());
    }
    check_destination(call, &bucket, &given)?;
    sort_classes(&mut given);
    let there = all(&bucket);
    if there.iter().any(|(name, _)| name == id) {
        let message = "The inventory already exists.";
        return Err(Failure::new(StatusCode::CONFLICT, "InventoryAlreadyExist", message, "").into());
    }
    if there.len() == MOST {
        let message = "A bucket has at most 1000 inventories.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InventoryExceedLimit", message, "").into());
    }
    bucket.change(|settings| {
        settings.documents.insert(place(id), given.write());
    })?;
    Ok(Reply::ok())
}

/// Inventories go to a bucket of the same owner and region, encrypted in one way at most.
fn check_destination(call: &Call, bucket: &Bucket, inventory: &Element) -> Result<(), Failure> {
    let destination = inventory.child("Destination").and_then(|it| it.child("OSSBucketDestination"));
    let destination = destination.ok_or_else(malformed)?;
    let name = destination.value("Bucket").unwrap_or("");
    let target = call.shared.store.bucket(name.rsplit(':').next().unwrap_or(name));
    if target.is_none_or(|target| target.owner() != bucket.owner() || target.region() != bucket.region()) {
        return Err(argument(
            "The destination bucket does not exist, is not yours, or is in another region.",
            "Bucket",
            name,
        ));
    }
    if destination.child("Encryption").is_some_and(|encryption| encryption.children.len() > 1) {
        return Err(malformed());
    }
    Ok(())
}

/// The classes of a filter are told in order. (oss2's `test_bucket_inventory_filter`.)
fn sort_classes(inventory: &mut Element) {
    let filters = inventory.children.iter_mut().filter(|child| child.name == "Filter");
    for classes in filters.flat_map(|filter| &mut filter.children).filter(|child| child.name == "StorageClass") {
        let mut names: Vec<&str> = classes.text.split(',').map(str::trim).collect();
        names.sort_unstable();
        classes.text = names.join(",");
    }
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let inventory = kept(&bucket, &place(id(call))).ok_or_else(|| absent(&bucket))?;
    Ok(Reply::xml(Writer::with(&inventory.write())))
}

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let there = all(&bucket);
    if there.is_empty() {
        return Err(absent(&bucket));
    }
    let after = call.query.filled("continuation-token").unwrap_or("");
    let mut rest: Vec<(String, Element)> = there.into_iter().filter(|(id, _)| id.as_str() > after).collect();
    let truncated = rest.len() > PAGE;
    rest.truncate(PAGE);
    let last = rest.last().map(|(id, _)| id.clone()).filter(|_| truncated);
    let mut list = Element::with_text("ListInventoryConfigurationsResult", "");
    list.children = rest.into_iter().map(|(_, inventory)| inventory).collect();
    list.children.push(Element::with_text("IsTruncated", truncated.to_string()));
    if !after.is_empty() {
        list.children.push(Element::with_text("ContinuationToken", after));
    }
    list.children.extend(last.map(|id| Element::with_text("NextContinuationToken", id)));
    Ok(Reply::xml(Writer::with(&list.write())))
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    call.bucket()?.change(|settings| {
        settings.documents.remove(&place(id(call)));
    })?;
    Ok(Reply::no_content())
}
