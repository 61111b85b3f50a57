//! The settings of a bucket that are kept and given back: one store, one way to read, write and delete each.
//!
//! Some have an effect: the rules for other origins, the default encryption, the block of public access, the policy, who
//! pays, and the index of a website. The emulator expires nothing, logs nothing, redirects nothing and looks at no referer.

mod account;
mod booleans;
mod checks;
pub(super) mod inventories;
mod lifecycle;
pub(super) mod qos;
pub(super) mod replication;
pub(super) mod styles;
mod table;
mod website;
pub(super) mod worm;

use http::{HeaderValue, header};

pub(crate) use account::{delete as delete_of_account, get as get_of_account, put as put_of_account};
pub(crate) use table::{RESOURCE_GROUP, setting};

use table::{Absent, Form, Setting};

use crate::access;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::operation::Operation;
use crate::reply::Reply;
use crate::store::{Bucket, Encryption};
use crate::xml::{Element, Writer};

/// Whether an operation reads, writes or deletes a setting.
pub(crate) fn is_setting(operation: Operation) -> bool {
    table::of(operation).is_some()
}

/// A document may be this large: a lifecycle of a thousand rules, with room to spare.
const MAX_DOCUMENT: u64 = 2 << 20;

/// Answers an operation on a setting; nothing if it is none.
pub(crate) async fn answer(call: &mut Call) -> Option<Result<Reply, Halt>> {
    let setting = table::of(call.operation)?;
    Some(if call.operation == setting.get {
        get(call, setting).map_err(Halt::from)
    } else if call.operation == setting.put {
        put(call, setting).await
    } else {
        delete(call, setting).map_err(Halt::from)
    })
}

fn get(call: &Call, setting: &Setting) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let kept = bucket.read().settings.documents.get(setting.sub_resource).cloned();
    match (kept, &setting.absent) {
        (Some(document), _) => Ok(render(setting, document)),
        (None, Absent::Document(document)) => Ok(Reply::xml(Writer::with(document))),
        (None, Absent::Error(code, message, ec)) => {
            Err(Absent::failure(code, message, ec).field("BucketName", bucket.name()))
        }
    }
}

fn render(setting: &Setting, document: String) -> Reply {
    match setting.form {
        Form::Xml { .. } => Reply::xml(Writer::with(&document)),
        Form::Json => {
            let mut reply = Reply::ok().header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            reply.body = bytes::Bytes::from(document).into();
            reply
        }
    }
}

async fn put(call: &mut Call, setting: &Setting) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let text = document(call).await?;
    let kept = match &setting.form {
        Form::Xml { root, check } => {
            let mut element = parse(&text, root)?;
            check(call, &mut element)?;
            element.write()
        }
        Form::Json => checks::policy(text)?,
    };
    bucket.change(|settings| {
        settings.documents.insert(setting.sub_resource.to_owned(), kept);
    })?;
    Ok(Reply::ok())
}

/// Deletes a setting, which succeeds if there is none. Of tags, some may be named.
fn delete(call: &Call, setting: &Setting) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let named = call.query.filled("tagging").filter(|_| call.operation == Operation::DeleteBucketTags);
    bucket.change(|settings| {
        let left = settings.documents.remove(setting.sub_resource);
        if let (Some(document), Some(names)) = (left, named) {
            settings.documents.insert(setting.sub_resource.to_owned(), checks::without_tags(&document, names));
        }
    })?;
    Ok(Reply::no_content())
}

/// The body of a request that sets something, as text.
pub(crate) async fn document(call: &mut Call) -> Result<String, Halt> {
    let received = call.inbound.receive(MAX_DOCUMENT).await?;
    received.check_md5(call.header("content-md5"))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(String::from_utf8(bytes.to_vec()).map_err(|_| malformed())?)
}

/// A policy that can be one.
pub(crate) fn checked_policy(text: String) -> Result<String, Failure> {
    checks::policy(text)
}

/// A block of public access that can be one.
pub(crate) fn checked_block(call: &Call, text: &str) -> Result<Element, Failure> {
    let mut element = parse(text, "PublicAccessBlockConfiguration")?;
    checks::public_access_block(call, &mut element)?;
    Ok(element)
}

/// Reads a document whose root has that name; its booleans are spelled as the service spells them.
pub(crate) fn parse(text: &str, root: &str) -> Result<Element, Failure> {
    let mut element = Element::parse(text).filter(|element| element.name == root).ok_or_else(malformed)?;
    booleans::spell(&mut element);
    Ok(element)
}

/// (OSS documentation: *Error responses*, whose example this is.)
pub(crate) fn malformed() -> Failure {
    Failure::malformed_xml(
        "The XML you provided was not well-formed or did not validate against our published schema.",
        "0031-00000001",
    )
}

/// Whether public access is reached by a policy that grants something to everybody.
pub(crate) fn policy_status(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let public = bucket.read().settings.documents.get("policy").is_some_and(|policy| access::is_public(policy));
    let mut xml = Writer::new();
    xml.open("PolicyStatus");
    xml.text("IsPublic", if public { "true" } else { "false" });
    xml.close("PolicyStatus");
    Ok(Reply::xml(xml.finish()))
}

/// Whether a bucket has a tag of that key, and of that value if one is given.
pub(crate) fn has_tag(bucket: &Bucket, key: &str, value: Option<&str>) -> bool {
    let tags = kept(bucket, "tagging");
    let mut tags = tags.iter().flat_map(|tagging| tagging.all("TagSet")).flat_map(|set| set.all("Tag"));
    tags.any(|tag| tag.value("Key") == Some(key) && value.is_none_or(|value| tag.value("Value") == Some(value)))
}

/// The encryption of objects that ask for none.
pub(crate) fn encryption_of(bucket: &Bucket) -> Option<Encryption> {
    let rule = kept(bucket, "encryption")?;
    let rule = rule.child("ApplyServerSideEncryptionByDefault")?;
    let text = |name| rule.value(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Encryption::new(&text("SSEAlgorithm")?, text("KMSMasterKeyID"), text("KMSDataEncryption")))
}

/// The key that a bucket's default encryption names.
pub(crate) fn encryption_key_of(bucket: &Bucket) -> Option<String> {
    let rule = kept(bucket, "encryption")?;
    let rule = rule.child("ApplyServerSideEncryptionByDefault")?;
    rule.value("KMSMasterKeyID").map(str::to_owned).filter(|id| !id.is_empty())
}

/// Whether objects of Archive can be read without being restored.
pub(crate) fn reads_archive_directly(bucket: &Bucket) -> bool {
    kept(bucket, "bucketArchiveDirectRead").is_some_and(|element| element.value("Enabled") == Some("true"))
}

/// Whether whoever sends a request to a bucket pays for it.
pub(crate) fn requester_pays(bucket: &Bucket) -> bool {
    kept(bucket, "requestPayment").is_some_and(|element| element.value("Payer") == Some("Requester"))
}

/// Whether the time of the last access to objects is told.
pub(crate) fn tells_access_time(bucket: &Bucket) -> bool {
    kept(bucket, "accessmonitor").is_some_and(|element| element.value("Status") == Some("Enabled"))
}

/// The object that is answered in place of one that is not there and stands for a directory.
/// (OSS documentation: *Static website hosting*; oss2's `test_normal_set_website_without_routing_rule`.)
pub(crate) fn index_of(bucket: &Bucket) -> Option<String> {
    let name = kept(bucket, "website")?.child("IndexDocument")?.value("Suffix")?.to_owned();
    Some(name).filter(|name| !name.is_empty())
}

/// A document of a bucket, if it was set.
pub(crate) fn kept(bucket: &Bucket, sub_resource: &str) -> Option<Element> {
    Element::parse(bucket.read().settings.documents.get(sub_resource)?)
}

/// The document that makes an encryption the default of a bucket.
pub(crate) fn encryption_rule(encryption: &Encryption) -> String {
    let mut rule = Element::with_text("ApplyServerSideEncryptionByDefault", "");
    rule.children.push(Element::with_text("SSEAlgorithm", encryption.algorithm.as_str()));
    let named = encryption.key_id.as_deref().filter(|id| *id != Encryption::DEFAULT_KEY);
    rule.children.extend(named.map(|id| Element::with_text("KMSMasterKeyID", id)));
    rule.children.extend(encryption.data.as_deref().map(|data| Element::with_text("KMSDataEncryption", data)));
    let mut root = Element::with_text("ServerSideEncryptionRule", "");
    root.children.push(rule);
    root.write()
}
