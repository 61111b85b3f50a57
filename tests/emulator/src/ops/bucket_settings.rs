//! GetBucketInfo, GetBucketLocation, and a bucket's versioning and ACL.

use super::{buckets, settings};
use crate::access;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::{Bucket, Versioning};
use crate::timestamp;
use crate::xml::{Element, Writer};

pub(crate) fn info(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let acl = bucket.read().settings.acl.clone();
    let word = |sub_resource: &str, name: &str| {
        settings::kept(&bucket, sub_resource).and_then(|element| element.value(name).map(str::to_owned))
    };
    let accelerated = word("transferAcceleration", "Enabled").is_some_and(|enabled| enabled == "true");
    let mut xml = Writer::new();
    xml.open("BucketInfo");
    xml.open("Bucket");
    xml.text("AccessMonitor", &word("accessmonitor", "Status").unwrap_or_else(|| "Disabled".into()));
    xml.text("BlockPublicAccess", if access::blocked(call, &bucket) { "true" } else { "false" });
    xml.text("Comment", "");
    xml.text("CreationDate", &timestamp::iso_millis(bucket.created()));
    xml.text("CrossRegionReplication", "Disabled");
    xml.text("DataRedundancyType", bucket.redundancy());
    xml.text("ExtranetEndpoint", &format!("oss-{}.aliyuncs.com", bucket.region()));
    xml.text("IntranetEndpoint", &format!("oss-{}-internal.aliyuncs.com", bucket.region()));
    xml.text("Location", &format!("oss-{}", bucket.region()));
    xml.text("Name", bucket.name());
    xml.text("ResourceGroupId", settings::RESOURCE_GROUP);
    xml.text("StorageClass", bucket.storage_class());
    xml.text("TransferAcceleration", if accelerated { "Enabled" } else { "Disabled" });
    if let Some(status) = bucket.versioning().status() {
        xml.text("Versioning", status);
    }
    xml.owner(bucket.owner());
    xml.open("AccessControlList");
    xml.text("Grant", &acl);
    xml.close("AccessControlList");
    encryption_rule(&mut xml, &bucket);
    log_target(&mut xml, &bucket);
    xml.close("Bucket");
    xml.close("BucketInfo");
    Ok(Reply::xml(xml.finish()))
}

/// The default encryption. The service says of the algorithm that it is `None` where none is set, which the clients turn
/// into nothing, and leaves out what else is not set. (oss2's `_parse_bucket_encryption_info`, Go v1 and v2.)
fn encryption_rule(xml: &mut Writer, bucket: &Bucket) {
    let rule = settings::encryption_of(bucket);
    xml.open("ServerSideEncryptionRule");
    xml.text("SSEAlgorithm", rule.as_ref().map_or("None", |rule| &rule.algorithm));
    if let Some(id) = rule.as_ref().and_then(|_| settings::encryption_key_of(bucket)) {
        xml.text("KMSMasterKeyID", &id);
    }
    if let Some(data) = rule.as_ref().and_then(|rule| rule.data.as_deref()) {
        xml.text("KMSDataEncryption", data);
    }
    xml.close("ServerSideEncryptionRule");
}

/// Where the bucket's log goes, which is kept under this name.
fn log_target(xml: &mut Writer, bucket: &Bucket) {
    let logging = settings::kept(bucket, "logging");
    let enabled = logging.as_ref().and_then(|logging| logging.child("LoggingEnabled"));
    let word = |name| enabled.and_then(|enabled| enabled.value(name)).unwrap_or("");
    xml.open("BucketPolicy");
    xml.text("LogBucket", word("TargetBucket"));
    xml.text("LogPrefix", word("TargetPrefix"));
    xml.close("BucketPolicy");
}

pub(crate) fn location(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let mut xml = Writer::new();
    xml.text("LocationConstraint", &format!("oss-{}", bucket.region()));
    Ok(Reply::xml(xml.finish()))
}

/// The status is absent while versioning was never enabled.
pub(crate) fn versioning(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let mut xml = Writer::new();
    xml.open("VersioningConfiguration");
    if let Some(status) = bucket.versioning().status() {
        xml.text("Status", status);
    }
    xml.close("VersioningConfiguration");
    Ok(Reply::xml(xml.finish()))
}

pub(crate) async fn put_versioning(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let received = call.inbound.receive(64 * 1024).await?;
    received.check_md5(call.header("content-md5"))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    let root = std::str::from_utf8(&bytes).ok().and_then(Element::parse);
    let status = root.filter(|root| root.name == "VersioningConfiguration");
    let versioning = match status.as_ref().and_then(|root| root.value("Status")).map(str::trim) {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => {
            let message = "The XML you provided was not well-formed or did not validate.";
            return Err(Failure::malformed_xml(message, "0012-00000001").into());
        }
    };
    bucket.set_versioning(versioning)?;
    Ok(Reply::ok())
}

pub(crate) fn acl(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let acl = bucket.read().settings.acl.clone();
    Ok(acl_document(bucket.owner(), &acl))
}

/// Gives a bucket an ACL, and makes it if there is none. (OSS documentation: PutBucketAcl.)
pub(crate) fn put_acl(call: &Call) -> Result<Reply, Failure> {
    let acl = buckets::acl(call)?
        .ok_or_else(|| Failure::argument("no such bucket access control exists", "0015-00000204", "x-oss-acl", ""))?;
    if call.shared.store.bucket(call.bucket_name()).is_none() {
        buckets::make_with_acl(call, &acl)?;
    } else {
        let bucket = call.bucket()?;
        access::check_acl(call, &bucket, &acl)?;
        bucket.set_acl(&acl)?;
    }
    // (ali-oss's `putBucketACL` reads the bucket's name from it.)
    buckets::located(call)
}

/// `AccessControlPolicy`, of a bucket or of an object.
pub(crate) fn acl_document(owner: &str, acl: &str) -> Reply {
    let mut xml = Writer::new();
    xml.open("AccessControlPolicy");
    xml.owner(owner);
    xml.open("AccessControlList");
    xml.text("Grant", acl);
    xml.close("AccessControlList");
    xml.close("AccessControlPolicy");
    Reply::xml(xml.finish())
}
