//! The custom domains of a bucket. Those that the emulator was started with are there; another one would have to be proved
//! by a record in its zone, which nobody can look up here, so that adding it is answered as before the record is there.
//! (OSS documentation: PutCname, ListCname, DeleteCname, CreateCnameToken, GetCnameToken.)

use http::StatusCode;

use super::settings;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::timestamp;
use crate::xml::{Element, Writer};

/// How long a token can be used, in seconds.
const TOKEN_LIFE: i64 = 72 * 3600;

/// Makes the token that the record in the domain's zone is to hold.
pub(crate) async fn create_token(call: &mut Call) -> Result<Reply, Halt> {
    let domain = domain(call).await?;
    let bucket = call.bucket()?;
    let mut token = Element::with_text("CnameToken", "");
    token.children = vec![
        Element::with_text("Bucket", bucket.name()),
        Element::with_text("Cname", &*domain),
        Element::with_text("Token", call.shared.store.ids().upload().to_ascii_lowercase()),
        Element::with_text("ExpireTime", timestamp::http_date(call.now + TOKEN_LIFE)),
    ];
    bucket.change(|settings| drop(settings.documents.insert(slot(&domain), token.write())))?;
    Ok(Reply::xml(Writer::with(&token.write())))
}

pub(crate) fn get_token(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let domain = call.query.get("cname").unwrap_or("").to_ascii_lowercase();
    let kept = settings::kept(&bucket, &slot(&domain));
    let token = kept.filter(|token| {
        token.value("ExpireTime").and_then(timestamp::parse_http_date).is_some_and(|end| call.now < end)
    });
    let token = token.ok_or_else(|| {
        let message = "The cname token does not exist or has expired.";
        Failure::new(StatusCode::NOT_FOUND, "CnameTokenNotFound", message, "").field("Cname", &*domain)
    })?;
    Ok(Reply::xml(Writer::with(&token.write())))
}

/// A domain that the bucket has is bound again; any other would have to be proved.
pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let domain = domain(call).await?;
    let bucket = call.bucket()?;
    if call.shared.domains.bound.get(&domain).is_some_and(|bound| bound == bucket.name()) {
        return Ok(Reply::ok());
    }
    let message = "Please verify the ownership of the domain with a token in a TXT record.";
    // (The EC: Go v2's `TestCname`.)
    let ec = "0018-00000115";
    Err(Failure::new(StatusCode::FORBIDDEN, "NeedVerifyDomainOwnership", message, ec).field("Domain", domain).into())
}

/// A domain that the emulator was started with stays; there are no others, so that no other is left behind.
pub(crate) async fn delete(call: &mut Call) -> Result<Reply, Halt> {
    let domain = domain(call).await?;
    let bucket = call.bucket()?;
    if call.shared.domains.bound.get(&domain).is_some_and(|bound| bound == bucket.name()) {
        return Err(Failure::not_implemented().into());
    }
    bucket.change(|settings| drop(settings.documents.remove(&slot(&domain))))?;
    Ok(Reply::ok())
}

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let bound = &call.shared.domains.bound;
    let mut domains: Vec<&String> =
        bound.iter().filter(|(_, of)| *of == bucket.name()).map(|(domain, _)| domain).collect();
    domains.sort();
    let mut xml = Writer::new();
    xml.open("ListCnameResult");
    xml.text("Bucket", bucket.name());
    xml.text("Owner", bucket.owner());
    for domain in domains {
        xml.open("Cname");
        xml.text("Domain", domain);
        xml.text("LastModified", &timestamp::iso_millis(bucket.created()));
        xml.text("Status", "Enabled");
        xml.close("Cname");
    }
    xml.close("ListCnameResult");
    Ok(Reply::xml(xml.finish()))
}

/// The domain that a request is about.
async fn domain(call: &mut Call) -> Result<String, Halt> {
    let text = settings::document(call).await?;
    let root = settings::parse(&text, "BucketCnameConfiguration")?;
    let domain = root.child("Cname").and_then(|cname| cname.value("Domain")).map(str::trim).unwrap_or("");
    if domain.is_empty() {
        return Err(settings::malformed().into());
    }
    Ok(domain.to_ascii_lowercase())
}

fn slot(domain: &str) -> String {
    format!("cname/{domain}")
}
