//! What the rules together do to one request.

use std::time::Duration;

use http::{HeaderValue, StatusCode, header};

use super::glob::Glob;
use super::rule::FaultAction;
use crate::failures::Failure;
use crate::reply::Reply;

/// What happens instead of the operation.
#[derive(Debug)]
pub(crate) enum Early {
    /// The connection closes.
    HangUp,
    /// OSS answers an error.
    Fail(Failure),
    /// Somebody else answers: without the headers of OSS.
    Foreign(Reply),
}

/// Everything that happens to one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) names: Vec<String>,
    pub(crate) delay: Duration,
    pub(crate) early: Option<Early>,
    pub(crate) cut_request: Option<u64>,
    pub(crate) corrupt_request: Option<u64>,
    pub(crate) lose_response: bool,
    pub(crate) drop_crc: bool,
    /// In milliseconds.
    pub(crate) qos_delay: Option<u64>,
    pub(crate) ignore_range: bool,
    pub(crate) skip_keys: Vec<Glob>,
    pub(crate) response: ResponseFaults,
}

/// What happens to the body of the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResponseFaults {
    pub(crate) cut: Option<u64>,
    pub(crate) corrupt: Option<u64>,
    pub(crate) trickle: Option<(u64, Duration)>,
}

impl ResponseFaults {
    pub(crate) fn any(&self) -> bool {
        self.cut.is_some() || self.corrupt.is_some() || self.trickle.is_some()
    }
}

impl Plan {
    /// Adds an action. Of two that answer instead of the operation, the first counts.
    pub(super) fn include(&mut self, action: &FaultAction, name: String) {
        self.names.push(name);
        let early = match action {
            FaultAction::Delay { ms } => {
                self.delay += Duration::from_millis(*ms);
                return;
            }
            FaultAction::QosDelay { ms } => {
                self.delay += Duration::from_millis(*ms);
                self.qos_delay = Some(*ms);
                return;
            }
            FaultAction::CutRequest { at } => return self.cut_request = Some(*at),
            FaultAction::CutResponse { at } => return self.response.cut = Some(*at),
            FaultAction::CorruptRequest { at } => return self.corrupt_request = Some(*at),
            FaultAction::CorruptResponse { at } => return self.response.corrupt = Some(*at),
            FaultAction::Trickle { bytes, every_ms } => {
                let pause = Duration::from_millis(*every_ms);
                return self.response.trickle = Some(((*bytes).max(1), pause));
            }
            FaultAction::LoseResponse => return self.lose_response = true,
            FaultAction::DropCrc => return self.drop_crc = true,
            FaultAction::IgnoreRange => return self.ignore_range = true,
            FaultAction::SkipKeys { keys } => return self.skip_keys.push(keys.clone()),
            FaultAction::Refuse => Early::HangUp,
            FaultAction::Error { status, code, message, ec } => {
                Early::Fail(Failure::new(status_of(*status), code.clone(), message.clone(), ec.clone()))
            }
            FaultAction::Throttle { status, code, retry_after } => Early::Fail(throttled(*status, code, *retry_after)),
            FaultAction::Garbage { status, body } => Early::Foreign(foreign(*status, "text/plain", body)),
            FaultAction::CaptivePortal => Early::Foreign(foreign(200, "text/html", PORTAL)),
        };
        self.early.get_or_insert(early);
    }
}

const PORTAL: &str = "<!DOCTYPE html><html><head><title>Sign in to the network</title></head>\
                      <body><form action=\"/login\"><input name=\"room\"></form></body></html>\n";

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn throttled(status: u16, code: &str, retry_after: Option<u64>) -> Failure {
    let ec = if code == "TotalQpsLimitExceeded" { "0004-00000302" } else { "" };
    let failure = Failure::new(status_of(status), code.to_owned(), "Please reduce your request rate.", ec);
    match retry_after {
        Some(seconds) => failure.header(header::RETRY_AFTER, seconds),
        None => failure,
    }
}

fn foreign(status: u16, kind: &'static str, body: &str) -> Reply {
    let mut reply = Reply::new(status_of(status)).header(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply.body = bytes::Bytes::copy_from_slice(body.as_bytes()).into();
    reply
}
