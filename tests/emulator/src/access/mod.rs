//! Who may do what. A bucket's owner may do everything; others, and those who do not sign, may do what its policy grants
//! or, if that says nothing, the ACLs: that of the object if it has one of its own, or else that of the bucket. A block of
//! public access takes back what is granted to everybody.
//! (OSS documentation: *Bucket ACLs*, *Object ACLs*, *Block Public Access*, PutObjectACL.)

mod payer;
mod policy;

use policy::Verdict;
pub(crate) use policy::is_public;

use crate::call::Call;
use crate::failures::Failure;
use crate::operation::Operation;
use crate::store::{Bucket, Version};

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing: a browser asks what it may ask.
    Nothing,
    /// To read an object.
    Read,
    /// To write or delete objects.
    Write,
    /// To own the bucket. Lists are among these: public-read lets everybody read objects, not the list of them.
    Ownership,
}

fn need(operation: Operation) -> Need {
    match operation {
        Operation::OptionObject => Need::Nothing,
        Operation::GetObject | Operation::HeadObject | Operation::GetObjectMeta | Operation::GetSymlink => Need::Read,
        Operation::PutObject
        | Operation::PostObject
        | Operation::AppendObject
        | Operation::CopyObject
        | Operation::PutSymlink
        | Operation::DeleteObject
        | Operation::DeleteMultipleObjects
        | Operation::InitiateMultipartUpload
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => Need::Write,
        _ => Need::Ownership,
    }
}

/// Whether the sender of a request may do with a bucket what it asks for.
pub(crate) fn check(call: &Call, bucket: &Bucket) -> Result<(), Failure> {
    let need = need(call.operation);
    if call.owner() == Some(bucket.owner()) || need == Need::Nothing {
        return Ok(());
    }
    payer::check(call, bucket)?;
    let versioned = call.query.filled("versionId").is_some();
    match policy::judge(call, bucket, policy::action(call.operation, versioned), place(call)) {
        Verdict::Allowed => return Ok(()),
        Verdict::Denied => return Err(Failure::no_right()),
        Verdict::Silent => {}
    }
    let found = || {
        let key = call.target.key.as_deref()?;
        bucket.find(key, call.query.filled("versionId")).ok()
    };
    match need {
        Need::Nothing => Ok(()),
        Need::Read if grants_read(&acl(call, bucket, found().as_deref())) => Ok(()),
        Need::Write if acl(call, bucket, found().as_deref()) == "public-read-write" => Ok(()),
        Need::Read | Need::Write => Err(Failure::no_right()),
        Need::Ownership if call.owner().is_none() => Err(Failure::anonymous()),
        Need::Ownership => Err(Failure::not_owner()),
    }
}

/// Whether the policy of the sender's session lets it do what it asks for, if it has one.
pub(crate) fn check_session(call: &Call) -> Result<(), Failure> {
    let versioned = call.query.filled("versionId").is_some();
    check_session_for(call, call.operation, versioned, call.target.bucket.as_deref(), place(call))
}

fn check_session_for(
    call: &Call,
    operation: Operation,
    versioned: bool,
    bucket: Option<&str>,
    key: Option<&str>,
) -> Result<(), Failure> {
    let Some(policy) = call.identity.as_ref().and_then(|identity| identity.policy.as_deref()) else { return Ok(()) };
    let owner = call.owner().unwrap_or("*");
    let found = bucket.and_then(|name| call.shared.store.bucket(name));
    let region = found.as_ref().map_or(call.shared.region.as_str(), |bucket| bucket.region());
    let key = key.map(|key| format!("/{key}")).unwrap_or_default();
    let resource = format!("acs:oss:{region}:{owner}:{}{key}", bucket.unwrap_or("*"));
    if policy::allows(policy, policy::action(operation, versioned), &resource) {
        Ok(())
    } else {
        Err(Failure::authorizer())
    }
}

/// The key that a policy must name for a request: an asterisk where the keys are in the body, which only a policy for
/// all keys covers.
fn place(call: &Call) -> Option<&str> {
    match call.operation {
        Operation::DeleteMultipleObjects | Operation::PostObject => Some("*"),
        _ => call.target.key.as_deref(),
    }
}

/// Whether the sender may read a version of a key, which it wants to copy: the one with an id, or else the newest.
pub(crate) fn check_source(call: &Call, bucket: &Bucket, key: &str, id: Option<&str>) -> Result<(), Failure> {
    check_session_for(call, Operation::GetObject, id.is_some(), Some(bucket.name()), Some(key))?;
    if call.owner() == Some(bucket.owner()) {
        return Ok(());
    }
    payer::check(call, bucket)?;
    match policy::judge(call, bucket, policy::action(Operation::GetObject, id.is_some()), Some(key)) {
        Verdict::Allowed => Ok(()),
        Verdict::Silent if grants_read(&acl(call, bucket, bucket.find(key, id).ok().as_deref())) => Ok(()),
        Verdict::Denied | Verdict::Silent => Err(Failure::no_right()),
    }
}

fn grants_read(acl: &str) -> bool {
    matches!(acl, "public-read" | "public-read-write")
}

/// The ACL that counts for a version, or for a key that has none.
fn acl(call: &Call, bucket: &Bucket, version: Option<&Version>) -> String {
    if blocked(call, bucket) {
        return "private".into();
    }
    let own = version.and_then(|version| version.content.as_ref()?.metadata.acl.clone());
    own.filter(|acl| acl != "default").unwrap_or_else(|| bucket.read().settings.acl.clone())
}

/// Whether public access to a bucket is blocked, by itself or with its account.
pub(crate) fn blocked(call: &Call, bucket: &Bucket) -> bool {
    bucket.read().settings.blocks_public() || call.shared.store.blocks_account(bucket.owner())
}

/// Refuses an ACL that would grant something while public access is blocked.
pub(crate) fn check_acl(call: &Call, bucket: &Bucket, acl: &str) -> Result<(), Failure> {
    if grants_read(acl) && blocked(call, bucket) { Err(Failure::public_acl_blocked()) } else { Ok(()) }
}
