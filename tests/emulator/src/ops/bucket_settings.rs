//! GetBucketInfo, GetBucketLocation, and a bucket's versioning and ACL.

use super::metadata::ACLS;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Versioning;
use crate::timestamp;
use crate::xml::{Element, Writer};

pub(crate) fn info(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let acl = bucket.read().settings.acl.clone();
    let mut xml = Writer::new();
    xml.open("BucketInfo");
    xml.open("Bucket");
    xml.text("CreationDate", &timestamp::iso_millis(bucket.created()));
    xml.text("ExtranetEndpoint", &format!("oss-{}.aliyuncs.com", bucket.region()));
    xml.text("IntranetEndpoint", &format!("oss-{}-internal.aliyuncs.com", bucket.region()));
    xml.text("Location", &format!("oss-{}", bucket.region()));
    xml.text("Name", bucket.name());
    xml.text("StorageClass", "Standard");
    xml.text("DataRedundancyType", "LRS");
    if let Some(status) = bucket.versioning().status() {
        xml.text("Versioning", status);
    }
    xml.owner(bucket.owner());
    xml.open("AccessControlList");
    xml.text("Grant", &acl);
    xml.close("AccessControlList");
    xml.close("Bucket");
    xml.close("BucketInfo");
    Ok(Reply::xml(xml.finish()))
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

pub(crate) fn put_acl(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let acl = call.header("x-oss-acl").unwrap_or("");
    if !ACLS[1..].contains(&acl) {
        return Err(Failure::argument("no such bucket access control exists", "0015-00000204", "x-oss-acl", acl));
    }
    bucket.set_acl(acl)?;
    Ok(Reply::ok())
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
