//! The tags of an object. Changing them leaves Last-Modified as it is.

use super::get_object;
use super::metadata::check_tags;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::{Element, Writer};

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let mut xml = Writer::new();
    xml.open("Tagging");
    xml.open("TagSet");
    for (key, value) in &found.content()?.metadata.tags {
        xml.open("Tag");
        xml.text("Key", key);
        xml.text("Value", value);
        xml.close("Tag");
    }
    xml.close("TagSet");
    xml.close("Tagging");
    Ok(Reply::xml(xml.finish()).version(found.bucket.versioning(), &found.version))
}

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let found = get_object::find(call)?;
    let received = call.inbound.receive(64 * 1024).await?;
    received.check_md5(call.header("content-md5"))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    let tags = parse(&bytes)?;
    check_tags(&tags)?;
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.tags = tags)?;
    Ok(Reply::ok().version(found.bucket.versioning(), &found.version))
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.tags.clear())?;
    Ok(Reply::no_content().version(found.bucket.versioning(), &found.version))
}

fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, Failure> {
    let malformed = || Failure::malformed_xml("The XML you provided was not well-formed.", "0010-00000201");
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let root = Element::parse(text).filter(|root| root.name == "Tagging").ok_or_else(malformed)?;
    let set = root.child("TagSet").ok_or_else(malformed)?;
    let tag = |tag: &Element| Some((tag.value("Key")?.to_owned(), tag.value("Value").unwrap_or("").to_owned()));
    set.all("Tag").map(|element| tag(element).ok_or_else(malformed)).collect()
}
