//! What is asked of the documents before they are kept.

use http::StatusCode;
use serde_json::Value;

use super::malformed;
use super::table::RESOURCE_GROUP;
use crate::call::Call;
use crate::failures::Failure;
use crate::store::Versioning;
use crate::xml::Element;

const BOOLEAN: &[&str] = &["true", "false"];

pub(super) fn argument(message: &'static str, name: &str, value: &str) -> Failure {
    Failure::argument(message, "", name, value)
}

pub(super) fn one_of(element: &Element, name: &str, allowed: &[&str]) -> Result<(), Failure> {
    match element.value(name) {
        Some(value) if allowed.contains(&value.trim()) => Ok(()),
        _ => Err(malformed()),
    }
}

/// At most 20 tags, whose keys have 1 to 64 characters and whose values 128. (OSS documentation: PutBucketTags.)
pub(super) fn tags(_: &Call, element: &mut Element) -> Result<(), Failure> {
    let set = element.child("TagSet").ok_or_else(malformed)?;
    let mut keys = Vec::new();
    for tag in set.all("Tag") {
        let (key, value) = (tag.value("Key").unwrap_or(""), tag.value("Value").unwrap_or(""));
        if key.is_empty() || key.chars().count() > 64 || value.chars().count() > 128 {
            return Err(Failure::tag("", "The key of a bucket's tag has 1 to 64 characters, the value at most 128."));
        }
        if keys.contains(&key) {
            return Err(Failure::tag("", "A tag is given twice."));
        }
        keys.push(key);
    }
    if keys.len() > 20 { Err(Failure::tag("", "A bucket has at most 20 tags.")) } else { Ok(()) }
}

/// What is left of tags without those named, separated by commas.
pub(super) fn without_tags(document: &str, names: &str) -> String {
    let Some(mut element) = Element::parse(document) else { return document.to_owned() };
    let names: Vec<&str> = names.split(',').collect();
    for set in element.children.iter_mut().filter(|child| child.name == "TagSet") {
        set.children.retain(|tag| tag.value("Key").is_none_or(|key| !names.contains(&key)));
    }
    element.write()
}

/// 1 to 10 rules; an asterisk at most in each origin and each header. (OSS documentation: PutBucketCors.)
pub(super) fn cors(_: &Call, element: &mut Element) -> Result<(), Failure> {
    let rules: Vec<&Element> = element.all("CORSRule").collect();
    if rules.is_empty() {
        return Err(malformed());
    }
    if rules.len() > 10 {
        let message = "The CORS Rules num is beyond limit.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "CORSRuleBeyondLimit", message, ""));
    }
    for rule in rules {
        if rule.child("AllowedOrigin").is_none() || rule.child("AllowedMethod").is_none() {
            return Err(malformed());
        }
        for method in rule.all("AllowedMethod") {
            if !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(&method.text.as_str()) {
                return Err(argument(
                    "The method of a rule is not one of those allowed.",
                    "AllowedMethod",
                    &method.text,
                ));
            }
        }
        for name in ["AllowedOrigin", "AllowedHeader"] {
            if let Some(bad) = rule.all(name).find(|it| it.text.matches('*').count() > 1) {
                return Err(argument("A rule has one asterisk at most.", name, &bad.text));
            }
        }
        if let Some(text) = rule.value("MaxAgeSeconds") {
            let seconds: i64 = text.trim().parse().map_err(|_| malformed())?;
            if seconds < 0 {
                return Err(argument("The age must not be negative.", "MaxAgeSeconds", text));
            }
        }
    }
    complete(element, "ResponseVary", "false");
    // The names of headers are told in small letters. (Python v2's `test_bucket_cors`.)
    let rules = element.children.iter_mut().filter(|child| child.name == "CORSRule");
    for header in rules.flat_map(|rule| &mut rule.children).filter(|child| child.name == "AllowedHeader") {
        header.text.make_ascii_lowercase();
    }
    Ok(())
}

/// Gives a document what the service tells of it though it was not said.
pub(super) fn complete(element: &mut Element, name: &str, value: &str) {
    if element.child(name).is_none() {
        element.children.push(Element::with_text(name, value));
    }
}

/// (oss2's `test_black_referer`: what is not said is told all the same.)
pub(super) fn referer(_: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "AllowEmptyReferer", BOOLEAN)?;
    for (name, value) in [("AllowTruncateQueryString", "true"), ("TruncatePath", "false")] {
        complete(element, name, value);
        one_of(element, name, BOOLEAN)?;
    }
    Ok(())
}

/// The logs go to a bucket of the same owner and region. (OSS documentation: PutBucketLogging.)
pub(super) fn logging(call: &Call, element: &mut Element) -> Result<(), Failure> {
    let Some(enabled) = element.child("LoggingEnabled") else { return Ok(()) };
    let name = enabled.value("TargetBucket").unwrap_or("");
    let target = call.shared.store.bucket(name);
    let bucket = call.bucket()?;
    if target.is_none_or(|target| target.owner() != bucket.owner() || target.region() != bucket.region()) {
        let message = "The target bucket for logging does not exist, is not owned by you, or is in another region.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidTargetBucketForLogging", message, "")
            .field("TargetBucket", name));
    }
    Ok(())
}

/// How data are encrypted is kept for KMS alone. (oss2's `test_put_bucket_encryption`.)
pub(super) fn encryption(_: &Call, element: &mut Element) -> Result<(), Failure> {
    const CONTAINER: &str = "ApplyServerSideEncryptionByDefault";
    let rule = element.children.iter_mut().find(|child| child.name == CONTAINER).ok_or_else(malformed)?;
    match rule.value("SSEAlgorithm").map(str::trim) {
        Some("AES256" | "SM4") if rule.value("KMSMasterKeyID").is_some_and(|id| !id.is_empty()) => {
            Err(argument("Only KMS takes the id of a key.", "KMSMasterKeyID", ""))
        }
        Some("AES256" | "SM4") => {
            rule.children.retain(|child| child.name != "KMSDataEncryption");
            Ok(())
        }
        Some("KMS") => match rule.value("KMSDataEncryption").map(str::trim) {
            None | Some("" | "SM4") => Ok(()),
            Some(other) => Err(Failure::encryption(other)),
        },
        Some(other) => Err(Failure::encryption(other)),
        None => Err(malformed()),
    }
}

/// Where versions of TLS are chosen there is one at least, and each is told once. (oss2's `test_bucket_https_config.py`.)
pub(super) fn https(_: &Call, element: &mut Element) -> Result<(), Failure> {
    const VERSIONS: [&str; 4] = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
    let Some(tls) = element.children.iter_mut().find(|child| child.name == "TLS") else { return Ok(()) };
    one_of(tls, "Enable", BOOLEAN)?;
    let mut chosen: Vec<String> = Vec::new();
    tls.children.retain(|child| {
        let again = child.name == "TLSVersion" && chosen.contains(&child.text);
        if child.name == "TLSVersion" && !again {
            chosen.push(child.text.clone());
        }
        !again
    });
    let known = chosen.iter().all(|version| VERSIONS.contains(&version.as_str()));
    let enabled = tls.value("Enable") == Some("true");
    if known && !(enabled && chosen.is_empty()) { Ok(()) } else { Err(malformed()) }
}

pub(super) fn request_payment(_: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "Payer", &["BucketOwner", "Requester"])
}

pub(super) fn public_access_block(_: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "BlockPublicAccess", BOOLEAN)
}

/// It cannot be turned off while a rule of the lifecycle goes by the time of access.
pub(super) fn access_monitor(call: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "Status", &["Enabled", "Disabled"])?;
    let lifecycle = super::kept(&*call.bucket()?, "lifecycle").map(|lifecycle| lifecycle.write()).unwrap_or_default();
    let off = element.value("Status") == Some("Disabled");
    if off && lifecycle.contains("<IsAccessTime>true</IsAccessTime>") {
        let message = "Access monitoring cannot be disabled while a lifecycle rule depends on it.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "MalformedXML", message, ""));
    }
    Ok(())
}

pub(super) fn enabled(_: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "Enabled", BOOLEAN)
}

/// At most 100 rules, which forbid; one without an id is given one. (OSS documentation: PutBucketOverwriteConfig.)
pub(super) fn overwrite(call: &Call, element: &mut Element) -> Result<(), Failure> {
    let rules = element.children.iter_mut().filter(|child| child.name == "Rule");
    let mut count = 0;
    for rule in rules {
        one_of(rule, "Action", &["forbid"])?;
        if rule.value("ID").is_none_or(|id| id.trim().is_empty()) {
            rule.children.retain(|child| child.name != "ID");
            rule.children.insert(0, Element::with_text("ID", call.shared.store.ids().request().to_ascii_lowercase()));
        }
        count += 1;
    }
    if (1..=100).contains(&count) { Ok(()) } else { Err(malformed()) }
}

/// It asks for versions, and is never turned off. (OSS documentation: PutBucketObjectWormConfiguration, which names no code
/// for a bucket that keeps no versions.)
pub(super) fn object_worm(call: &Call, element: &mut Element) -> Result<(), Failure> {
    one_of(element, "ObjectWormEnabled", &["Enabled"])?;
    if let Some(retention) = element.child("Rule").and_then(|rule| rule.child("DefaultRetention")) {
        one_of(retention, "Mode", &["COMPLIANCE", "GOVERNANCE"])?;
        let number = |name| retention.value(name).map(|text| text.trim().parse::<u32>().unwrap_or(0));
        match (number("Days"), number("Years")) {
            (Some(days), None) if days > 0 => {}
            (None, Some(years)) if years > 0 => {}
            _ => return Err(malformed()),
        }
    }
    if call.bucket()?.versioning() != Versioning::Enabled {
        let message = "Versioning must be enabled for the bucket.";
        return Err(Failure::new(StatusCode::CONFLICT, "InvalidBucketState", message, ""));
    }
    Ok(())
}

/// There is one resource group here, the default one.
pub(super) fn resource_group(_: &Call, element: &mut Element) -> Result<(), Failure> {
    if element.value("ResourceGroupId").is_some_and(|id| id.is_empty() || id == RESOURCE_GROUP) {
        element.children = vec![Element::with_text("ResourceGroupId", RESOURCE_GROUP)];
        return Ok(());
    }
    let message = "The resource group id precheck error";
    Err(Failure::new(StatusCode::BAD_REQUEST, "ResourceGroupIdPreCheckError", message, "0039-00000003"))
}

/// A policy is a JSON object with a version and statements.
pub(super) fn policy(text: String) -> Result<String, Failure> {
    let read: Option<Value> = serde_json::from_str(&text).ok();
    let fits = |value: &Value| {
        value.get("Version").and_then(Value::as_str) == Some("1") && value.get("Statement").is_some_and(Value::is_array)
    };
    if read.as_ref().is_some_and(fits) {
        return Ok(text);
    }
    let message = "The policy is not a JSON document with a Version and a Statement.";
    Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidPolicyDocument", message, ""))
}
