//! ListBuckets, PutBucket, DeleteBucket.

use http::{HeaderValue, header};

use super::encoding::limit;
use super::metadata::ACLS;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::names;
use crate::reply::Reply;
use crate::store::{BucketSettings, Versioning};
use crate::timestamp;
use crate::xml::{Element, Writer};

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let limit = limit(call, "max-keys", 100, "0017-00000289")?;
    let prefix = call.query.get("prefix").unwrap_or("");
    let marker = call.query.get("marker").unwrap_or("");
    let own = |bucket: &std::sync::Arc<crate::store::Bucket>| bucket.owner() == call.identity.owner;
    let mut buckets = call.shared.store.buckets();
    buckets.retain(|bucket| own(bucket) && bucket.name().starts_with(prefix) && bucket.name() > marker);
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
    xml.owner(&call.identity.owner);
    xml.open("Buckets");
    for bucket in &buckets {
        xml.open("Bucket");
        xml.text("CreationDate", &timestamp::iso_millis(bucket.created()));
        xml.text("ExtranetEndpoint", &format!("oss-{}.aliyuncs.com", bucket.region()));
        xml.text("IntranetEndpoint", &format!("oss-{}-internal.aliyuncs.com", bucket.region()));
        xml.text("Location", &format!("oss-{}", bucket.region()));
        xml.text("Name", bucket.name());
        xml.text("Region", bucket.region());
        xml.text("StorageClass", "Standard");
        xml.close("Bucket");
    }
    xml.close("Buckets");
    xml.close("ListAllMyBucketsResult");
    Ok(Reply::xml(xml.finish()))
}

/// Makes a bucket in the host's region, or else in the emulator's.
pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let name = call.bucket_name().to_owned();
    if !names::is_bucket(&name) {
        return Err(Failure::bucket_name(&name).into());
    }
    let acl = match call.header("x-oss-acl") {
        None => "private".to_owned(),
        Some(acl) if ACLS[1..].contains(&acl) => acl.to_owned(),
        Some(other) => {
            return Err(
                Failure::argument("no such bucket access control exists", "0015-00000204", "x-oss-acl", other).into()
            );
        }
    };
    let received = call.inbound.receive(64 * 1024).await?;
    received.check_md5(call.header("content-md5"))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    if !bytes.is_empty() {
        let root = std::str::from_utf8(&bytes).ok().and_then(Element::parse);
        if root.is_none_or(|root| root.name != "CreateBucketConfiguration") {
            return Err(Failure::malformed_xml("The XML you provided was not well-formed.", "0015-00000202").into());
        }
    }
    let region = call.target.entrance.region().unwrap_or(&call.shared.region).to_owned();
    let settings = BucketSettings {
        name: name.clone(),
        region,
        owner: call.identity.owner.clone(),
        created: call.now,
        versioning: Versioning::Never,
        public_endpoint_forbidden: false,
    };
    let made = call.shared.store.create(settings).map_err(|error| Failure::internal(error.to_string()))?;
    match made {
        Ok(bucket) => bucket.set_acl(&acl)?,
        // Making one's own bucket again changes nothing but its ACL.
        Err(bucket) if bucket.owner() == call.identity.owner => bucket.set_acl(&acl)?,
        Err(_) => return Err(Failure::bucket_exists(&name).into()),
    }
    let location = HeaderValue::try_from(format!("/{name}")).map_err(|_| Failure::bucket_name(&name))?;
    Ok(Reply::ok().header(header::LOCATION, location))
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    match call.shared.store.delete(bucket.name()) {
        Ok(true) => Ok(Reply::no_content()),
        Ok(false) => Err(Failure::bucket_not_empty(bucket.name())),
        Err(error) => Err(Failure::internal(error.to_string())),
    }
}
