//! Access points of a bucket, their policies and blocks of public access. They are kept and given back, and usable at once by
//! what they say of themselves; no request reaches a bucket through one here.
//! (OSS documentation: CreateAccessPoint, GetAccessPoint, ListAccessPoints, PutAccessPointPolicy,
//! PutAccessPointPublicAccessBlock; oss2's `test_access_point.py`.)

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};

use super::encoding::limit;
use super::settings;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::xml::{Element, Writer};

const POINT: &str = "accessPoint/";
const POLICY: &str = "accessPointPolicy/";
const BLOCK: &str = "accessPointPublicAccessBlock/";
/// The header that names an access point; for blocks of public access it is a parameter.
pub(crate) const NAME: &str = "x-oss-access-point-name";

pub(crate) async fn create(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let bucket = call.bucket()?;
    let wanted = settings::parse(&text, "CreateAccessPointConfiguration")?;
    let name = wanted.value("AccessPointName").map(str::trim).unwrap_or("").to_owned();
    check_name(&name)?;
    let origin = wanted.value("NetworkOrigin").map(str::trim).unwrap_or("");
    let network =
        wanted.child("VpcConfiguration").and_then(|vpc| vpc.value("VpcId")).filter(|id| !id.trim().is_empty());
    if !(origin == "internet" || (origin == "vpc" && network.is_some())) {
        return Err(settings::malformed().into());
    }
    if of_account(call, bucket.owner()).iter().any(|(_, point)| point.value("AccessPointName") == Some(&name)) {
        let message = "The access point already exists.";
        return Err(Failure::new(StatusCode::CONFLICT, "AccessPointAlreadyExists", message, "").into());
    }
    // The alias is the name with something that nobody else has.
    let id = call.shared.store.ids().upload().to_ascii_lowercase();
    let alias = format!("{name}-{}-ossalias", &id[..21]);
    let arn = format!("acs:oss:{}:{}:accesspoint/{name}", bucket.region(), bucket.owner());
    let mut vpc = Element::with_text("VpcConfiguration", "");
    vpc.children.extend(network.map(|id| Element::with_text("VpcId", id)));
    let mut point = Element::with_text("AccessPoint", "");
    point.children = vec![
        Element::with_text("AccessPointName", &*name),
        Element::with_text("Bucket", bucket.name()),
        Element::with_text("AccountId", bucket.owner()),
        Element::with_text("NetworkOrigin", origin),
        vpc,
        Element::with_text("AccessPointArn", &*arn),
        Element::with_text("CreationDate", call.now.to_string()),
        Element::with_text("Alias", &*alias),
        Element::with_text("Status", "enable"),
    ];
    keep(&bucket, POINT, &name, point.write())?;
    let mut xml = Writer::new();
    xml.open("CreateAccessPointResult");
    xml.text("AccessPointArn", &arn);
    xml.text("Alias", &alias);
    xml.close("CreateAccessPointResult");
    Ok(Reply::xml(xml.finish()))
}

/// 3 to 19 small letters, digits and hyphens, no hyphen at an end. (OSS documentation: CreateAccessPoint.)
fn check_name(name: &str) -> Result<(), Failure> {
    let fits = (3..=19).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.ends_with("-ossalias");
    if fits { Ok(()) } else { Err(Failure::argument("The access point name is invalid.", "", "AccessPointName", name)) }
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = named(call)?;
    let mut point = settings::kept(&bucket, &format!("{POINT}{name}")).ok_or_else(|| absent(&name))?;
    let host = |end: &str| format!("{name}.oss-{}{end}.oss-accesspoint.aliyuncs.com", bucket.region());
    let mut endpoints = Element::with_text("Endpoints", "");
    endpoints.children =
        vec![Element::with_text("PublicEndpoint", host("")), Element::with_text("InternalEndpoint", host("-internal"))];
    point.children.push(endpoints);
    point.children.push(block_of(&bucket, &name));
    point.name = "GetAccessPointResult".to_owned();
    Ok(Reply::xml(Writer::with(&point.write())))
}

/// The access points of a bucket, or those of all buckets of the account where none is named.
pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let (owner, mut all) = match &call.target.bucket {
        Some(_) => {
            let bucket = call.bucket()?;
            let points = points(&bucket);
            (bucket.owner().to_owned(), points.into_iter().map(|point| (bucket.clone(), point)).collect())
        }
        None => {
            let owner = call.signed()?.owner.clone();
            let all = of_account(call, &owner);
            (owner, all)
        }
    };
    let most = limit(call, "max-keys", 100, "")?;
    let after = call.query.filled("continuation-token").unwrap_or("");
    let name = |point: &Element| point.value("AccessPointName").unwrap_or("").to_owned();
    all.sort_by_key(|(_, point)| name(point));
    all.retain(|(_, point)| name(point).as_str() > after);
    let truncated = all.len() > most;
    all.truncate(most);
    let mut xml = Writer::new();
    xml.open("ListAccessPointsResult");
    xml.text("MaxKeys", &most.to_string());
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    if let Some((_, last)) = all.last().filter(|_| truncated) {
        xml.text("NextContinuationToken", &name(last));
    }
    xml.text("AccountId", &owner);
    xml.open("AccessPoints");
    for (_, mut point) in all {
        point.children.retain(|child| !["AccountId", "AccessPointArn", "CreationDate"].contains(&child.name.as_str()));
        xml.element(&point);
    }
    xml.close("AccessPoints");
    xml.close("ListAccessPointsResult");
    Ok(Reply::xml(xml.finish()))
}

/// What belongs to an access point goes with it.
pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = existing(call)?;
    bucket.change(|settings| {
        for kind in [POINT, POLICY, BLOCK] {
            settings.documents.remove(&format!("{kind}{name}"));
        }
    })?;
    Ok(Reply::no_content())
}

pub(crate) async fn put_policy(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let (bucket, name) = existing(call)?;
    keep(&bucket, POLICY, &name, settings::checked_policy(text)?)?;
    Ok(Reply::ok())
}

pub(crate) fn get_policy(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = existing(call)?;
    let kept = bucket.read().settings.documents.get(&format!("{POLICY}{name}")).cloned();
    let policy = kept.ok_or_else(|| {
        let message = "The access point policy does not exist.";
        Failure::new(StatusCode::NOT_FOUND, "NoSuchAccessPointPolicy", message, "")
    })?;
    let mut reply = Reply::ok().header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply.body = bytes::Bytes::from(policy).into();
    Ok(reply)
}

pub(crate) fn delete_policy(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = existing(call)?;
    bucket.change(|settings| drop(settings.documents.remove(&format!("{POLICY}{name}"))))?;
    Ok(Reply::no_content())
}

pub(crate) async fn put_block(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let (bucket, name) = existing(call)?;
    let block = settings::checked_block(call, &text)?;
    keep(&bucket, BLOCK, &name, block.write())?;
    Ok(Reply::ok())
}

pub(crate) fn get_block(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = existing(call)?;
    Ok(Reply::xml(Writer::with(&block_of(&bucket, &name).write())))
}

pub(crate) fn delete_block(call: &Call) -> Result<Reply, Failure> {
    let (bucket, name) = existing(call)?;
    bucket.change(|settings| drop(settings.documents.remove(&format!("{BLOCK}{name}"))))?;
    Ok(Reply::no_content())
}

fn block_of(bucket: &Bucket, name: &str) -> Element {
    settings::kept(bucket, &format!("{BLOCK}{name}")).unwrap_or_else(|| {
        let mut block = Element::with_text("PublicAccessBlockConfiguration", "");
        block.children.push(Element::with_text("BlockPublicAccess", "false"));
        block
    })
}

/// The bucket, and the name of the access point that is asked for.
fn named(call: &Call) -> Result<(Arc<Bucket>, String), Failure> {
    let bucket = call.bucket()?;
    let name = call.header(NAME).or_else(|| call.query.filled(NAME)).unwrap_or("");
    Ok((bucket, name.to_owned()))
}

/// The same for one that is there.
fn existing(call: &Call) -> Result<(Arc<Bucket>, String), Failure> {
    let (bucket, name) = named(call)?;
    match settings::kept(&bucket, &format!("{POINT}{name}")) {
        Some(_) => Ok((bucket, name)),
        None => Err(absent(&name)),
    }
}

fn keep(bucket: &Bucket, kind: &str, name: &str, document: String) -> Result<(), Failure> {
    bucket.change(|settings| drop(settings.documents.insert(format!("{kind}{name}"), document)))
}

fn points(bucket: &Bucket) -> Vec<Element> {
    let state = bucket.read();
    let kept = state.settings.documents.iter().filter(|(slot, _)| slot.starts_with(POINT));
    kept.filter_map(|(_, document)| Element::parse(document)).collect()
}

fn of_account(call: &Call, owner: &str) -> Vec<(Arc<Bucket>, Element)> {
    let buckets = call.shared.store.buckets().into_iter().filter(|bucket| bucket.owner() == owner);
    buckets.flat_map(|bucket| points(&bucket).into_iter().map(move |point| (bucket.clone(), point))).collect()
}

/// (The message: oss2's `test_access_point_public_access_block_normal`.)
fn absent(name: &str) -> Failure {
    let message = "Accesspoint not found";
    Failure::new(StatusCode::NOT_FOUND, "NoSuchAccessPoint", message, "").field("AccessPointName", name)
}
