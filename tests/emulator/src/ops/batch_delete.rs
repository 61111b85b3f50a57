//! DeleteMultipleObjects.

use http::header;

use super::encoding::Encoding;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::names;
use crate::reply::Reply;
use crate::store::Versioning;
use crate::xml::{Element, Writer};

/// The body may have 2 MB and name 1000 keys. (OSS documentation: DeleteMultipleObjects.)
const MAX_BODY: u64 = 2 << 20;
const MAX_KEYS: usize = 1000;

pub(crate) async fn delete(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let encoding = Encoding::of(call)?;
    if !call.headers.contains_key(header::CONTENT_LENGTH) {
        return Err(Failure::length_missing().into());
    }
    let Some(md5) = call.header("content-md5").map(str::to_owned) else {
        return Err(missing_md5().into());
    };
    let received = match call.inbound.receive(MAX_BODY).await {
        Err(Halt::Fail(failure)) if failure.code() == "InvalidArgument" => {
            return Err(Failure::malformed_xml("The XML you provided is larger than 2 MB.", "0016-00000609").into());
        }
        other => other?,
    };
    received.check_md5(Some(&md5))?;
    let bytes = received.body.read().map_err(|error| Failure::internal(error.to_string()))?;
    let (quiet, wanted) = parse(&bytes)?;
    let versioned = bucket.versioning() != Versioning::Never;
    let mut xml = Writer::new();
    xml.open("DeleteResult");
    if encoding == Encoding::Url {
        xml.text("EncodingType", "url");
    }
    for (key, version) in wanted {
        if call.skip_keys.iter().any(|glob| glob.matches(&key)) {
            continue;
        }
        let deleted = bucket.delete(&key, version.as_deref(), call.now)?;
        if quiet {
            continue;
        }
        xml.open("Deleted");
        xml.text("Key", &encoding.encode(&key));
        if let Some(asked) = version.filter(|_| versioned) {
            xml.text("VersionId", &asked);
        }
        if deleted.marker
            && let Some(marker) = &deleted.version
        {
            xml.text("DeleteMarker", "true");
            xml.text("DeleteMarkerVersionId", marker);
        }
        xml.close("Deleted");
    }
    xml.close("DeleteResult");
    Ok(if quiet { Reply::ok() } else { Reply::xml(xml.finish()) })
}

fn missing_md5() -> Failure {
    Failure::argument("Missing Some Required Arguments.", "0016-00000606", "Content-MD5", "")
}

/// Whether the answer is to be short, and which keys (and versions) to delete.
type Order = (bool, Vec<(String, Option<String>)>);

fn parse(bytes: &[u8]) -> Result<Order, Failure> {
    const MESSAGE: &str = "The XML you provided was not well-formed or did not validate against our published schema.";
    let malformed = |ec| Failure::malformed_xml(MESSAGE, ec);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("0016-00000607"))?;
    let root = Element::parse(text).ok_or_else(|| malformed("0016-00000607"))?;
    if root.name != "Delete" {
        return Err(malformed("0016-00000608"));
    }
    let quiet = root.value("Quiet").is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    let mut wanted = Vec::new();
    for object in root.all("Object") {
        let key = object.value("Key").filter(|key| !key.is_empty()).ok_or_else(|| malformed("0016-00000613"))?;
        names::check_key(key).map_err(|bad| Failure::key(bad, key))?;
        let version = object.value("VersionId").filter(|id| !id.is_empty()).map(str::to_owned);
        if let Some(id) = &version {
            names::check_version(id).map_err(|()| Failure::version_id(id))?;
        }
        wanted.push((key.to_owned(), version));
    }
    if wanted.is_empty() {
        return Err(malformed("0016-00000615"));
    }
    if wanted.len() > MAX_KEYS {
        return Err(malformed("0016-00000616"));
    }
    Ok((quiet, wanted))
}
