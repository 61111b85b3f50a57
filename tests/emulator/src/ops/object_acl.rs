//! GetObjectAcl and PutObjectAcl.

use super::bucket_settings::acl_document;
use super::get_object;
use super::metadata::ACLS;
use crate::access;
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let acl = found.content()?.metadata.acl.clone();
    let reply = acl_document(found.bucket.owner(), acl.as_deref().unwrap_or("default"));
    Ok(reply.version(found.bucket.versioning(), &found.version))
}

pub(crate) fn put(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let acl = call.header("x-oss-object-acl").unwrap_or("");
    if !ACLS.contains(&acl) {
        return Err(Failure::argument(
            "no such object access control exists",
            "0017-00000204",
            "x-oss-object-acl",
            acl,
        ));
    }
    access::check_acl(call, &found.bucket, acl)?;
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.acl = Some(acl.to_owned()))?;
    Ok(Reply::ok().version(found.bucket.versioning(), &found.version))
}
