//! PostObject: an upload by an HTML form, whose fields take the place of headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode, header};
use multer::{Field, Multipart};

use super::post_policy::{self, Policy, refused};
use super::put_object::{MAX_PUT, MD5};
use super::{callback, conditions, metadata};
use crate::auth::Fields;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::percent;
use crate::reply::{CRC64, Reply};
use crate::server::{Gather, Stopped, verify_form};
use crate::store::{Content, ObjectType};
use crate::xml::Writer;

/// A field but the file may have 8 KB, and the policy, the callback and user metadata so much too.
const MAX_FIELD: u64 = 64 * 1024;
const MAX_FIELDS: usize = 200;

pub(crate) async fn post(call: &mut Call) -> Result<Reply, Halt> {
    let boundary = call.header("content-type").and_then(|kind| multer::parse_boundary(kind).ok());
    let boundary = boundary.ok_or_else(malformed)?;
    let mut inbound = call.inbound.take();
    let stream = inbound.stream();
    let mut form = Multipart::new(stream, boundary);
    let mut fields = Fields::new();
    let answered = loop {
        let Some(field) = form.next_field().await.map_err(broken)? else { break Err(no_file().into()) };
        let name = field.name().ok_or_else(malformed)?.to_owned();
        if name == "file" {
            break store(call, &mut fields, field).await;
        }
        if fields.len() == MAX_FIELDS {
            return Err(malformed().into());
        }
        fields.insert(name.to_ascii_lowercase(), text(field).await?);
    };
    drop(form);
    call.inbound = inbound;
    answered
}

async fn text(mut field: Field<'_>) -> Result<String, Halt> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if bytes.len() as u64 + chunk.len() as u64 > MAX_FIELD {
            let message = "Your post field items exceed the maximum allowed size";
            return Err(Failure::new(StatusCode::BAD_REQUEST, "FieldItemTooLong", message, "").into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(bytes).map_err(|_| malformed())?)
}

/// Stores the file, which comes after all fields that count.
async fn store(call: &mut Call, fields: &mut Fields, mut file: Field<'_>) -> Result<Reply, Halt> {
    let name = file.file_name().unwrap_or("").to_owned();
    let key = fields.get("key").ok_or_else(no_key)?.replace("${filename}", &name);
    fields.insert("key".into(), key.clone());
    if !fields.contains_key("content-type")
        && let Some(kind) = file.content_type()
    {
        fields.insert("content-type".into(), kind.to_string());
    }
    call.target.key = Some(key.clone());
    if let Some(identity) = verify_form(call, fields)? {
        call.identity = Some(identity);
    }
    let policy = match fields.get("policy") {
        Some(policy) => post_policy::check(policy, fields, call.bucket_name(), call.now)?,
        None => Policy { sizes: None },
    };
    adopt(call, fields);
    let bucket = call.bucket()?;
    call.key()?;
    let forbid = conditions::forbid(call, "0026-00000002")?;
    let metadata = metadata::read(call)?;
    bucket.check_forbidden(&key, forbid)?;
    let callback = callback::wanted(call)?;
    let (least, most) = policy.sizes.unwrap_or((0, MAX_PUT));
    let mut gather = Gather::new(None, bucket.spool());
    while let Some(chunk) = file.chunk().await.map_err(broken)? {
        gather.add(&chunk).await?;
        if gather.total() > most.min(MAX_PUT) {
            let message = "Your proposed upload exceeds the maximum allowed size.";
            return Err(Failure::new(StatusCode::BAD_REQUEST, "EntityTooLarge", message, "").into());
        }
    }
    if gather.total() < least {
        let message = "Your proposed upload is smaller than the minimum allowed size.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "EntityTooSmall", message, "").into());
    }
    let received = gather.finish().await?;
    received.check_md5(fields.get("content-md5").map(String::as_str))?;
    let (etag, md5, crc64) = (received.etag(), received.md5(), received.crc64);
    let content =
        Content { kind: ObjectType::Normal, body: received.body, etag, crc64, md5: Some(md5.clone()), metadata };
    let quoted = content.quoted_etag();
    let mut reply =
        answer(call, fields, &key, &quoted).header(header::ETAG, quoted).header(MD5, md5).header(CRC64, crc64);
    metadata::echo_encryption(&mut reply, &content.metadata);
    let version = bucket.put(&key, content.clone(), call.now, forbid)?;
    if callback.is_some() {
        reply.status = StatusCode::OK;
    }
    Ok(callback::make(call, callback, &content, reply).await?.version(bucket.versioning(), &version))
}

/// Lets the fields count as the headers of the same names.
fn adopt(call: &mut Call, fields: &Fields) {
    for (name, value) in fields {
        let counts = name.starts_with("x-oss-") || metadata::STANDARD.contains(&name.as_str());
        let name = match name.as_str() {
            "callback" => "x-oss-callback",
            "x-oss-content-type" => "content-type",
            other if counts => other,
            _ => continue,
        };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            call.headers.insert(name, value);
        }
    }
    if !fields.contains_key("content-type") && !fields.contains_key("x-oss-content-type") {
        // That of the request is about the form.
        call.headers.remove(header::CONTENT_TYPE);
    }
    // The variables of a callback are fields of their own.
    let variables: serde_json::Map<String, serde_json::Value> = fields
        .iter()
        .filter(|(name, _)| name.starts_with("x:"))
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    if !variables.is_empty()
        && let Ok(value) = HeaderValue::try_from(STANDARD.encode(serde_json::Value::from(variables).to_string()))
    {
        call.headers.insert(HeaderName::from_static("x-oss-callback-var"), value);
    }
}

/// What the form asks to be answered: a redirection, or a status of 200, 201 or 204.
fn answer(call: &Call, fields: &Fields, key: &str, etag: &str) -> Reply {
    let place = || {
        let mut place = format!("http://{}/", call.header("host").unwrap_or(""));
        percent::encode_path_into(&mut place, key);
        place
    };
    if let Some(url) = fields.get("success_action_redirect").filter(|url| !url.is_empty()) {
        let and = if url.contains('?') { '&' } else { '?' };
        let query = format!(
            "bucket={}&key={}&etag={}",
            percent::encode(call.bucket_name()),
            percent::encode(key),
            percent::encode(etag)
        );
        return Reply::new(StatusCode::SEE_OTHER).header(header::LOCATION, format!("{url}{and}{query}"));
    }
    match fields.get("success_action_status").map(String::as_str) {
        Some("200") => Reply::ok(),
        Some("201") => {
            let mut xml = Writer::new();
            xml.open("PostResponse");
            xml.text("Bucket", call.bucket_name());
            xml.text("Location", &place());
            xml.text("Key", key);
            xml.text("ETag", etag);
            xml.close("PostResponse");
            let mut reply = Reply::xml(xml.finish());
            reply.status = StatusCode::CREATED;
            reply
        }
        _ => Reply::no_content(),
    }
    .header(header::LOCATION, place())
}

fn malformed() -> Failure {
    let message = "The body of your POST request is not well-formed multipart/form-data.";
    Failure::new(StatusCode::BAD_REQUEST, "MalformedPOSTRequest", message, "")
}

fn no_file() -> Failure {
    let message = "POST requires exactly one file upload per request.";
    Failure::new(StatusCode::BAD_REQUEST, "IncorrectNumberOfFilesInPOSTRequest", message, "")
}

fn no_key() -> Failure {
    refused("the form has no field named key.".into())
}

/// The form cannot be read to its end.
fn broken(error: multer::Error) -> Halt {
    match error {
        // What stopped the body comes through the form's reader.
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<Stopped>() {
            Ok(stopped) => stopped.0,
            Err(_) => malformed().into(),
        },
        _ => malformed().into(),
    }
}
