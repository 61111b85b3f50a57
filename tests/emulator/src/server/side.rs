//! One request to a service beside OSS, the metadata service or STS, and its answer: counted and broken like any other.

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;

use super::connection::Role;
use super::exchange::{Exchange, HungUp, host};
use super::inbound::Inbound;
use super::outbound::Outbound;
use crate::failures::Failure;
use crate::faults::Early;
use crate::operation::Operation;
use crate::query::Query;
use crate::ram;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::stats::{RequestRecord, UnderWay};
use crate::timestamp;

/// A form has a token of at most 20,000 characters, encoded, and little else.
const MAX_BODY: u64 = 256 * 1024;

/// Answers a request.
pub(super) async fn exchange(
    connection: Arc<Exchange>,
    role: Role,
    request: Request<Incoming>,
) -> Result<Response<Outbound>, HungUp> {
    let started = Instant::now();
    let shared = &connection.shared;
    let under_way = UnderWay::begin(shared);
    let (parts, body) = request.into_parts();
    let request_id = shared.store.ids().request();
    // Which operation of STS it is stands in the form, which is damaged by no rule, since rules go by operation.
    let mut inbound = Inbound::new(body, shared.patience, None, None);
    let asked = if role == Role::Sts { asked(&parts, &mut inbound).await } else { None };
    let operation = match (role, &asked) {
        (Role::Metadata, _) => ram::operation_of_metadata(&parts.method, parts.uri.path()),
        (_, Some(asked)) => ram::operation_of_sts(asked),
        (_, None) => Operation::Unknown,
    };
    inbound.drain(false).await;
    let mut plan = shared.faults.plan(operation, None, None);
    let pause = shared.latency() + plan.delay;
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let answered = match plan.early.take() {
        Some(Early::HangUp) => Err(None),
        Some(Early::Fail(failure)) => Err(Some(failure)),
        Some(Early::Foreign(reply)) => Ok(reply),
        None if role == Role::Metadata => {
            ram::answer_metadata(shared, operation, parts.uri.path(), &parts.headers).map_err(Some)
        }
        None => sts(shared, &parts.method, asked.as_ref(), &request_id).map_err(Some),
    };
    let code = match &answered {
        Err(Some(failure)) => Some(failure.code().to_owned()),
        _ => None,
    };
    let reply = match answered {
        Ok(reply) => Some(reply),
        Err(Some(failure)) if role == Role::Metadata => Some(plain(&failure)),
        Err(Some(failure)) => {
            let host = host(&parts.uri, &parts.headers);
            Some(ram::sts_refusal(&failure, asked.as_ref(), &request_id, &host))
        }
        Err(None) => None,
    };
    let reply = reply.filter(|_| !plan.lose_response);
    let length = reply.as_ref().map_or(0, |reply| reply.body.len());
    shared.stats.record(RequestRecord {
        sequence: 0,
        operation,
        method: parts.method.to_string(),
        bucket: None,
        key: None,
        status: reply.as_ref().map(|reply| reply.status.as_u16()),
        code,
        ec: None,
        signature: None,
        request_id,
        connection: connection.number,
        bytes_in: inbound.bytes(),
        bytes_out: plan.response.cut.map_or(length, |cut| cut.min(length)),
        duration_us: started.elapsed().as_micros() as u64,
        faults: plan.names,
    });
    let mut reply = reply.ok_or(HungUp)?;
    reply.set(header::DATE, timestamp::http_date(shared.clock.seconds()));
    reply.set(header::CONTENT_LENGTH, length);
    let mut response = Response::new(Outbound::new(reply.body, &plan.response, &connection.flushes, under_way));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// The parameters of a call; nothing if they cannot be read.
async fn asked(parts: &http::request::Parts, inbound: &mut Inbound) -> Option<ram::Asked> {
    let query = Query::parse(parts.uri.query().unwrap_or(""))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if !kind.starts_with(b"application/x-www-form-urlencoded") {
        return Some(ram::Asked { query, form: Query::default() });
    }
    let received = inbound.receive(MAX_BODY).await.ok()?;
    let bytes = received.body.read().ok()?;
    let form = Query::parse(std::str::from_utf8(&bytes).ok()?)?;
    Some(ram::Asked { query, form })
}

fn sts(shared: &Shared, method: &Method, asked: Option<&ram::Asked>, request_id: &str) -> Result<Reply, Failure> {
    let unsupported = |code| Failure::new(http::StatusCode::BAD_REQUEST, code, "The request cannot be read.", "");
    if ![Method::GET, Method::POST].contains(method) {
        return Err(unsupported("UnsupportedHTTPMethod"));
    }
    ram::answer_sts(shared, method, asked.ok_or_else(|| unsupported("InvalidParameter"))?, request_id)
}

/// A refusal of the metadata service, which has no documents for these.
fn plain(failure: &Failure) -> Reply {
    let mut reply = Reply::new(failure.status()).header(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    reply.headers.extend(failure.headers().clone());
    reply.body = bytes::Bytes::from(format!("{}: {}\n", failure.code(), failure.message())).into();
    reply
}
