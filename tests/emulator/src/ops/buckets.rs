//! ListBuckets, PutBucket, DeleteBucket.

use std::sync::Arc;

use http::{HeaderValue, header};

use super::encoding::limit;
use super::metadata::{ACLS, CLASSES};
use super::settings;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::names;
use crate::reply::Reply;
use crate::store::{Bucket, BucketSettings};
use crate::timestamp;
use crate::xml::{Element, Writer};

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let owner = &call.signed()?.owner;
    let limit = limit(call, "max-keys", 100, "0017-00000289")?;
    let prefix = part_of_name(call, "prefix", "0017-00000290")?;
    let marker = part_of_name(call, "marker", "0017-00000291")?;
    let tag = call.query.get("tag-key").map(|key| (key, call.query.get("tag-value")));
    // `"k":"v"`, several separated by commas. (OSS documentation: ListBuckets.)
    let listed = call.query.filled("tagging").unwrap_or("");
    let listed: Vec<(&str, &str)> = listed
        .split(',')
        .filter_map(|pair| pair.split_once(':'))
        .map(|(key, value)| (key.trim().trim_matches('"'), value.trim().trim_matches('"')))
        .collect();
    // Only those of the host's region, where it has one. (ossutil's `TestListRegionBucketByEndpoint`.)
    let region = call.target.entrance.region().filter(|_| call.query.has("regionList"));
    let mut buckets = call.shared.store.buckets();
    buckets.retain(|bucket| {
        bucket.owner() == owner
            && region.is_none_or(|region| bucket.region() == region)
            && bucket.name().starts_with(prefix)
            && bucket.name() > marker
            && tag.is_none_or(|(key, value)| settings::has_tag(bucket, key, value))
            && listed.iter().all(|(key, value)| settings::has_tag(bucket, key, Some(value)))
    });
    let truncated = buckets.len() > limit;
    buckets.truncate(limit);
    let mut xml = Writer::new();
    xml.open("ListAllMyBucketsResult");
    xml.text("Prefix", prefix);
    xml.text("Marker", marker);
    xml.text("MaxKeys", &limit.to_string());
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    if truncated && let Some(last) = buckets.last() {
        xml.text("NextMarker", last.name());
    }
    xml.owner(owner);
    xml.open("Buckets");
    for bucket in &buckets {
        xml.open("Bucket");
        xml.text("CreationDate", &timestamp::iso_millis(bucket.created()));
        xml.text("ExtranetEndpoint", &format!("oss-{}.aliyuncs.com", bucket.region()));
        xml.text("IntranetEndpoint", &format!("oss-{}-internal.aliyuncs.com", bucket.region()));
        xml.text("Location", &format!("oss-{}", bucket.region()));
        xml.text("Name", bucket.name());
        xml.text("Region", bucket.region());
        xml.text("ResourceGroupId", settings::RESOURCE_GROUP);
        xml.text("StorageClass", bucket.storage_class());
        // A listing by tags says which the buckets have. (ali-oss's `should list buckets by subres`.)
        let tags = settings::kept(bucket, "tagging").filter(|_| !listed.is_empty());
        tags.iter().flat_map(|tagging| tagging.all("TagSet")).for_each(|set| xml.element(set));
        xml.close("Bucket");
    }
    xml.close("Buckets");
    xml.close("ListAllMyBucketsResult");
    Ok(Reply::xml(xml.finish()))
}

/// A prefix or a marker of bucket names, which has no other characters than they have. (Go v1's `TestIsBucketExist`.)
fn part_of_name<'a>(call: &'a Call, name: &str, ec: &'static str) -> Result<&'a str, Failure> {
    let text = call.query.get(name).unwrap_or("");
    if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Ok(text);
    }
    Err(Failure::argument("The prefix or marker is no part of a bucket name.", ec, name, text))
}

/// What a request says of the bucket that it makes.
struct Wanted {
    acl: Option<String>,
    storage_class: Option<String>,
    redundancy: Option<String>,
}

/// Makes a bucket in the host's region, or else in the emulator's.
pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let acl = acl(call)?;
    let text = settings::document(call).await?;
    let mut wanted = Wanted { acl, storage_class: None, redundancy: None };
    if !text.trim().is_empty() {
        let root = settings::parse(&text, "CreateBucketConfiguration")?;
        configure(call, &root, &mut wanted)?;
    }
    make(call, &wanted)?;
    Ok(located(call)?)
}

/// The answer to what makes a bucket, or might have, says where the bucket is.
pub(super) fn located(call: &Call) -> Result<Reply, Failure> {
    let name = call.bucket_name();
    let location = HeaderValue::try_from(format!("/{name}")).map_err(|_| Failure::bucket_name(name))?;
    Ok(Reply::ok().header(header::LOCATION, location))
}

/// The ACL that a request gives a bucket.
pub(super) fn acl(call: &Call) -> Result<Option<String>, Failure> {
    match call.header("x-oss-acl") {
        None => Ok(None),
        Some(acl) if ACLS[1..].contains(&acl) => Ok(Some(acl.to_owned())),
        Some(other) => {
            Err(Failure::argument("no such bucket access control exists", "0015-00000204", "x-oss-acl", other))
        }
    }
}

/// Reads a `CreateBucketConfiguration`. (OSS documentation: PutBucket.)
fn configure(call: &Call, root: &Element, wanted: &mut Wanted) -> Result<(), Failure> {
    let given = |name| root.value(name).map(str::trim).filter(|text| !text.is_empty());
    if let Some(class) = given("StorageClass") {
        if !CLASSES.contains(&class) {
            return Err(Failure::argument("The storage class is not one of those allowed.", "", "StorageClass", class));
        }
        wanted.storage_class = Some(class.to_owned());
    }
    if let Some(redundancy) = given("DataRedundancyType") {
        if !["LRS", "ZRS"].contains(&redundancy) {
            let message = "The redundancy type is not one of those allowed.";
            return Err(Failure::argument(message, "", "DataRedundancyType", redundancy));
        }
        wanted.redundancy = Some(redundancy.to_owned());
    }
    match given("LocationConstraint") {
        Some(location) if location.strip_prefix("oss-") != Some(region(call)) => {
            Err(Failure::location_constraint(location))
        }
        _ => Ok(()),
    }
}

fn region(call: &Call) -> &str {
    call.target.entrance.region().unwrap_or(&call.shared.region)
}

/// Makes the bucket a request names, with an ACL. Making one's own again changes its ACL if one is given, and nothing else;
/// what cannot be changed may not be asked for.
pub(super) fn make_with_acl(call: &Call, acl: &str) -> Result<(), Failure> {
    make(call, &Wanted { acl: Some(acl.to_owned()), storage_class: None, redundancy: None }).map(drop)
}

fn make(call: &Call, wanted: &Wanted) -> Result<Arc<Bucket>, Failure> {
    let owner = &call.signed()?.owner;
    let name = call.bucket_name();
    if !names::is_bucket(name) {
        return Err(Failure::bucket_name(name));
    }
    let mut made_with = BucketSettings {
        name: name.to_owned(),
        region: region(call).to_owned(),
        owner: owner.clone(),
        created: call.now,
        ..call.shared.new_buckets.clone()
    };
    wanted.acl.clone_into(&mut made_with.acl);
    if let Some(class) = &wanted.storage_class {
        class.clone_into(&mut made_with.storage_class);
    }
    if let Some(redundancy) = &wanted.redundancy {
        redundancy.clone_into(&mut made_with.redundancy);
    }
    if let Some(encryption) = super::metadata::asked_encryption(call)? {
        made_with.documents.insert("encryption".into(), settings::encryption_rule(&encryption));
    }
    let public = made_with.acl.as_deref().is_some_and(|acl| acl != "private");
    if public
        && call.shared.store.bucket(name).is_none()
        && (made_with.blocks_public() || call.shared.store.blocks_account(owner))
    {
        return Err(Failure::public_acl_blocked());
    }
    let made = call.shared.store.create(made_with).map_err(|error| Failure::internal(error.to_string()))?;
    let bucket = match made {
        Ok(bucket) => return Ok(bucket),
        Err(bucket) if bucket.owner() == owner => bucket,
        Err(_) => return Err(Failure::bucket_exists(name)),
    };
    let differs = |wanted: &Option<String>, kept: &str| wanted.as_deref().is_some_and(|wanted| wanted != kept);
    if differs(&wanted.storage_class, bucket.storage_class()) || differs(&wanted.redundancy, bucket.redundancy()) {
        return Err(Failure::bucket_exists(name));
    }
    if let Some(acl) = &wanted.acl {
        crate::access::check_acl(call, &bucket, acl)?;
        bucket.set_acl(acl)?;
    }
    Ok(bucket)
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    match call.shared.store.delete(bucket.name()) {
        Ok(true) => Ok(Reply::no_content()),
        Ok(false) => Err(Failure::bucket_not_empty(bucket.name())),
        Err(error) => Err(Failure::internal(error.to_string())),
    }
}
