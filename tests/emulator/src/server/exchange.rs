//! One request and its answer, from the first line to the last counter.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;

use super::inbound::Inbound;
use super::outbound::Outbound;
use super::wire::Flushes;
use crate::address::Target;
use crate::auth::{self, Court, Identity, RequestView, SignatureKind};
use crate::call::{Call, Halt};
use crate::failures::{self, Failure, Situation};
use crate::faults::{Early, Plan};
use crate::operation::Operation;
use crate::ops;
use crate::query::Query;
use crate::reply::{CRC64, Reply};
use crate::shared::Shared;
use crate::stats::{RequestRecord, UnderWay};
use crate::timestamp;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-oss-request-id");
const SERVER_TIME: HeaderName = HeaderName::from_static("x-oss-server-time");
const QOS_DELAY: HeaderName = HeaderName::from_static("x-oss-qos-delay-time");
const EC: HeaderName = HeaderName::from_static("x-oss-ec");
const ERR: HeaderName = HeaderName::from_static("x-oss-err");

/// The connection is to close without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose, without an answer")]
pub(super) struct HungUp;

/// The answer to what could not be read as a request: a head that is too large, or is none. It ends the connection.
///
/// OSS's own limits and codes are not documented; the limits are those of the HTTP library (65,534 bytes of URL, 100
/// headers, some 400 kB of head), and the codes are the emulator's.
pub(super) fn refuse(connection: &Exchange, status: StatusCode) -> Bytes {
    let (code, message) = match status {
        StatusCode::URI_TOO_LONG => ("InvalidURI", "The URL of the request is too long."),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            ("RequestHeaderFieldsTooLarge", "The headers of the request are too many or too large.")
        }
        _ => ("BadRequest", "The request cannot be read."),
    };
    let shared = &connection.shared;
    let failure = Failure::new(status, code, message, "");
    let request_id = shared.store.ids().request();
    let reply = document(&failure, &Method::GET, &request_id, "");
    let mut reply = finish(shared, reply, &request_id, &Instant::now());
    reply.set(header::CONNECTION, HeaderValue::from_static("close"));
    let body = reply.body.read().unwrap_or_default();
    shared.stats.record(RequestRecord {
        sequence: 0,
        operation: Operation::Unknown,
        method: String::new(),
        bucket: None,
        key: None,
        status: Some(status.as_u16()),
        code: Some(code.to_owned()),
        ec: None,
        signature: None,
        request_id,
        connection: connection.number,
        bytes_in: 0,
        bytes_out: body.len() as u64,
        duration_us: 0,
        faults: Vec::new(),
    });
    let mut wire = BytesMut::new();
    wire.extend_from_slice(format!("HTTP/1.1 {status}\r\n").as_bytes());
    for (name, value) in &reply.headers {
        wire.extend_from_slice(name.as_str().as_bytes());
        wire.extend_from_slice(b": ");
        wire.extend_from_slice(value.as_bytes());
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(&body);
    wire.freeze()
}

/// What the exchanges of one connection share.
pub(super) struct Exchange {
    pub(super) shared: Arc<Shared>,
    pub(super) number: u64,
    pub(super) flushes: Arc<Flushes>,
}

/// How an exchange ends.
enum Outcome {
    Answer(Reply),
    Error(Failure),
    /// An answer that is not from OSS.
    Foreign(Reply),
    HangUp,
}

/// What is remembered of a request while it is answered.
struct Note {
    operation: Operation,
    bucket: Option<String>,
    key: Option<String>,
    signature: Option<SignatureKind>,
    bytes_in: u64,
}

/// Answers a request.
pub(super) async fn exchange(
    connection: Arc<Exchange>,
    request: Request<Incoming>,
) -> Result<Response<Outbound>, HungUp> {
    let started = Instant::now();
    let shared = &connection.shared;
    let under_way = UnderWay::begin(shared);
    let (parts, body) = request.into_parts();
    let host = host(&parts.uri, &parts.headers);
    let target = shared.domains.resolve(&host, parts.uri.path());
    let query = Query::parse(parts.uri.query().unwrap_or("")).ok_or_else(Failure::key_not_utf8);
    let mut note = describe(&parts.method, &target, &query, &parts.headers);
    let mut plan = shared.faults.plan(note.operation, note.bucket.as_deref(), note.key.as_deref());
    let pause = shared.latency() + plan.delay;
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let method = parts.method.clone();
    let closes = bodiless(&method) && !hyper::body::Body::is_end_stream(&body);
    let inbound = Inbound::new(body, shared.patience, plan.cut_request, plan.corrupt_request);
    let asked = Asked { shared, target, query, parts, inbound };
    let mut outcome = answer(asked, &mut plan, &mut note).await;
    if plan.lose_response {
        outcome = Outcome::HangUp;
    }
    let request_id = shared.store.ids().request();
    let (code, ec) = match &outcome {
        Outcome::Error(failure) => (Some(failure.code().to_owned()), Some(failure.ec().to_owned())),
        _ => (None, None),
    };
    let reply = match outcome {
        Outcome::Answer(reply) => Some(finish(shared, reply, &request_id, &started)),
        Outcome::Error(failure) => {
            let reply = document(&failure, &method, &request_id, &host);
            Some(finish(shared, reply, &request_id, &started))
        }
        Outcome::Foreign(reply) => Some(reply),
        Outcome::HangUp => None,
    };
    let length = reply.as_ref().map_or(0, |reply| reply.body.len());
    shared.stats.record(RequestRecord {
        sequence: 0,
        operation: note.operation,
        method: method.to_string(),
        bucket: note.bucket,
        key: note.key,
        status: reply.as_ref().map(|reply| reply.status.as_u16()),
        code,
        ec,
        signature: note.signature,
        request_id,
        connection: connection.number,
        bytes_in: note.bytes_in,
        bytes_out: plan.response.cut.map_or(length, |cut| cut.min(length)),
        duration_us: started.elapsed().as_micros() as u64,
        faults: plan.names,
    });
    let mut reply = reply.ok_or(HungUp)?;
    if closes {
        reply.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if plan.drop_crc {
        reply.headers.remove(CRC64);
    }
    if let Some(delay) = plan.qos_delay {
        reply.set(QOS_DELAY, delay);
    }
    let body = Outbound::new(reply.body, &plan.response, &connection.flushes, under_way);
    let mut response = Response::new(if reply.gzip { body.compressed() } else { body });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// A request with what was read from its URL.
struct Asked<'a> {
    shared: &'a Arc<Shared>,
    target: Result<Target, Failure>,
    query: Result<Query, Failure>,
    parts: http::request::Parts,
    inbound: Inbound,
}

fn describe(
    method: &Method,
    target: &Result<Target, Failure>,
    query: &Result<Query, Failure>,
    headers: &HeaderMap,
) -> Note {
    let (bucket, key) = match target {
        Ok(target) => (target.bucket.clone(), target.key.clone()),
        Err(_) => (None, None),
    };
    let operation = match (target, query) {
        (Ok(_), Ok(query)) => Operation::of(method, bucket.is_some(), key.is_some(), query, headers),
        _ => Operation::Unknown,
    };
    Note { operation, bucket, key, signature: None, bytes_in: 0 }
}

/// The answer to a request, by the rules of OSS and those of the faults.
async fn answer(asked: Asked<'_>, plan: &mut Plan, note: &mut Note) -> Outcome {
    let Asked { shared, target, query, mut parts, inbound } = asked;
    let expecting = parts.headers.contains_key(header::EXPECT);
    let early = match plan.early.take() {
        Some(Early::HangUp) => return Outcome::HangUp,
        Some(Early::Fail(failure)) => Some(Outcome::Error(failure)),
        Some(Early::Foreign(reply)) => Some(Outcome::Foreign(reply)),
        None => None,
    };
    if let Some(outcome) = early {
        note.bytes_in = discard(&parts.method, inbound, expecting).await;
        return outcome;
    }
    let now = shared.clock.seconds();
    let verified = target.and_then(|target| {
        let query = query?;
        let view = RequestView {
            method: parts.method.as_str(),
            bucket: target.bucket.as_deref(),
            key: target.key.as_deref(),
            query: &query,
            headers: &parts.headers,
        };
        let regions = |region: &str| regional(shared, &target, region);
        let missing = missing(shared, &target, note.operation);
        // A browser asks before it sends a request, so nobody can have signed the question: a signature that comes with it
        // is not looked at. (Python v2's `test_bucket_cors_fail`.)
        let identity = match note.operation {
            Operation::OptionObject => missing.map_or(Ok(None), |bucket| Err(Failure::no_such_bucket(bucket)))?,
            _ => auth::verify(&Court { keys: &shared.keys, now, regions: &regions, missing }, &view)?,
        };
        Ok((target, query, identity))
    });
    let (target, query, identity) = match verified {
        Ok(verified) => verified,
        Err(failure) => {
            note.bytes_in = discard(&parts.method, inbound, expecting).await;
            return Outcome::Error(failure);
        }
    };
    note.signature = identity.as_ref().map(|identity| identity.kind);
    // Only now: the header may have been signed.
    if plan.ignore_range {
        parts.headers.remove(header::RANGE);
    }
    let mut call = Call {
        shared: shared.clone(),
        method: parts.method,
        operation: note.operation,
        target,
        query,
        headers: parts.headers,
        inbound,
        identity,
        now,
        skip_keys: std::mem::take(&mut plan.skip_keys),
    };
    let answered = limited(&mut call, plan).await;
    let shared_with = ops::cors_headers(&call);
    note.bytes_in = call.inbound.bytes();
    if !matches!(answered, Err(Halt::HangUp)) {
        note.bytes_in = discard(&call.method, call.inbound, expecting).await;
    }
    match answered {
        Ok(mut reply) => {
            // A preflight has them already, for the request that it asks about.
            if note.operation != Operation::OptionObject {
                reply.headers.extend(shared_with);
            }
            Outcome::Answer(reply)
        }
        Err(Halt::Fail(failure)) => Outcome::Error(failure.with_headers(shared_with)),
        Err(Halt::HangUp) => Outcome::HangUp,
    }
}

/// Answers a call, as fast as it wants to be at most.
async fn limited(call: &mut Call, plan: &mut Plan) -> Result<Reply, Halt> {
    if let Some(limit) = ops::traffic_limit(call)? {
        call.inbound.set_pace(limit);
        plan.response.trickle.get_or_insert(ops::trickle(limit));
        let answered = ops::answer(call).await?;
        // How long the limit holds the request back: its body has come, and that of the answer is to go.
        let held = (call.inbound.bytes() + answered.body.len()) * 1000 / limit;
        plan.qos_delay.get_or_insert(held);
        return Ok(answered);
    }
    ops::answer(call).await
}

/// Whether requests of that method have no body.
fn bodiless(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Reads what nobody wanted of a body, and tells how many bytes were read of it until the answer can go.
async fn discard(method: &Method, mut inbound: Inbound, expecting: bool) -> u64 {
    if bodiless(method) {
        // These have no body. If one is announced all the same, it may never come: the answer does not wait for it, and
        // the connection ends with the answer, since what comes next on it may be that body or another request.
        return inbound.bytes();
    }
    inbound.drain(expecting).await;
    inbound.bytes()
}

/// Whether a signature for a region is good at this host: that of the host, or else of the bucket.
fn regional(shared: &Shared, target: &Target, region: &str) -> bool {
    if let Some(only) = target.entrance.region() {
        return only == region;
    }
    match target.bucket.as_deref().and_then(|name| shared.store.bucket(name)) {
        Some(bucket) => bucket.region() == region,
        None => shared.region == region || shared.store.buckets().iter().any(|bucket| bucket.region() == region),
    }
}

/// Who signed the policy of a form upload; nobody if nobody did.
pub(crate) fn verify_form(call: &Call, fields: &auth::Fields) -> Result<Option<Identity>, Failure> {
    let regions = |region: &str| regional(&call.shared, &call.target, region);
    let missing = missing(&call.shared, &call.target, call.operation);
    auth::verify_policy(&Court { keys: &call.shared.keys, now: call.now, regions: &regions, missing }, fields)
}

/// The name of the bucket, if there is no such bucket and the request is not one that makes it.
fn missing<'a>(shared: &Shared, target: &'a Target, operation: Operation) -> Option<&'a str> {
    let name = target.bucket.as_deref().filter(|_| !operation.makes_bucket())?;
    shared.store.bucket(name).is_none().then_some(name)
}

pub(super) fn host(uri: &http::Uri, headers: &HeaderMap) -> String {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(http::uri::Authority::as_str)).unwrap_or("localhost").to_owned()
}

/// The answer to a failed request. That to a HEAD has no body, so the document goes into a header.
fn document(failure: &Failure, method: &Method, request_id: &str, host: &str) -> Reply {
    let mut reply = Reply::new(failure.status());
    reply.headers.extend(failure.headers().clone());
    if failure.status() == StatusCode::NOT_MODIFIED {
        return reply;
    }
    if !failure.ec().is_empty() {
        reply.set(EC, failure.ec());
    }
    let xml = failures::render(failure, &Situation { request_id, host });
    if *method == Method::HEAD {
        reply.set(ERR, STANDARD.encode(xml));
    } else {
        reply.set(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        reply.body = Bytes::from(xml).into();
    }
    reply
}

/// Adds what every answer of OSS has.
fn finish(shared: &Shared, mut reply: Reply, request_id: &str, started: &Instant) -> Reply {
    reply.set(header::SERVER, HeaderValue::from_static("AliyunOSS"));
    reply.set(header::DATE, timestamp::http_date(shared.clock.seconds()));
    reply.set(REQUEST_ID, request_id);
    reply.set(SERVER_TIME, started.elapsed().as_millis() as u64);
    if reply.gzip {
        reply.headers.remove(header::CONTENT_LENGTH);
    } else if let Some(length) = reply.announced {
        reply.set(header::CONTENT_LENGTH, length);
    } else if reply.status != StatusCode::NO_CONTENT && reply.status != StatusCode::NOT_MODIFIED {
        reply.set(header::CONTENT_LENGTH, reply.body.len());
    }
    reply
}
