//! A rule: which requests, which of them in turn, and what happens to them.

use serde::{Deserialize, Serialize};

use super::glob::Glob;
use crate::operation::Operation;

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultAction {
    /// The connection closes without an answer; nothing was done.
    Refuse,
    /// The request waits before it is looked at.
    Delay {
        /// For so long.
        ms: u64,
    },
    /// The server stops reading the request's body and closes the connection; nothing is stored.
    CutRequest {
        /// After so many bytes.
        at: u64,
    },
    /// The headers promise the whole body, and the connection closes within it.
    CutResponse {
        /// After so many bytes of the body.
        at: u64,
    },
    /// The operation takes effect, and the connection closes without an answer.
    LoseResponse,
    /// An OSS error is answered; nothing was done.
    Error {
        /// The HTTP status.
        status: u16,
        /// The code.
        code: String,
        /// The message.
        #[serde(default)]
        message: String,
        /// The EC; may be empty.
        #[serde(default)]
        ec: String,
    },
    /// A byte of the request's body changes on the way to the server.
    CorruptRequest {
        /// The byte's place.
        at: u64,
    },
    /// A byte of the response's body changes on the way to the client.
    CorruptResponse {
        /// The byte's place.
        at: u64,
    },
    /// The request waits, and its answer says so in `x-oss-qos-delay-time`, as OSS does for clients that are too fast.
    QosDelay {
        /// For so long.
        ms: u64,
    },
    /// An answer that asks the client to slow down; nothing was done.
    Throttle {
        /// The HTTP status: `503`, or `429` as gateways answer.
        #[serde(default = "unavailable")]
        status: u16,
        /// The code, such as `TotalQpsLimitExceeded`.
        #[serde(default = "throttled")]
        code: String,
        /// The `Retry-After` header, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The response has no `x-oss-hash-crc64ecma`.
    DropCrc,
    /// The request's `Range` is not seen: a read is answered with `200` and the whole object, as by an endpoint or a CDN that
    /// knows no ranges.
    IgnoreRange,
    /// An error whose body is no XML, as a broken gateway would send; nothing was done.
    Garbage {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default = "garbage")]
        body: String,
    },
    /// `200 OK` with a page of HTML and without any header of OSS, as a captive portal sends; nothing was done.
    CaptivePortal,
    /// The response's body comes in small pieces.
    Trickle {
        /// The size of a piece, in bytes.
        bytes: u64,
        /// The pause before each piece.
        every_ms: u64,
    },
    /// DeleteMultipleObjects leaves these keys alone and out of its answer.
    SkipKeys {
        /// Which keys.
        keys: Glob,
    },
}

fn unavailable() -> u16 {
    503
}

fn throttled() -> String {
    "TotalQpsLimitExceeded".into()
}

fn garbage() -> String {
    "upstream connect error or disconnect/reset before headers".into()
}

/// Which requests an action happens to. Everything that is not said matches everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// A name to find the rule by in the request log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only these operations; none means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// Only this bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Only keys that fit. A request without a key never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Glob>,
    /// So many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// Then it happens to so many; nothing means to all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens.
    pub action: FaultAction,
}

impl FaultRule {
    /// A rule that matches every request.
    pub fn new(action: FaultAction) -> Self {
        Self { name: None, operations: Vec::new(), bucket: None, key: None, skip: 0, times: None, action }
    }

    /// Gives the rule a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only this operation; may be said several times.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Only this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Only keys that fit the pattern.
    #[must_use]
    pub fn key(mut self, pattern: impl Into<String>) -> Self {
        self.key = Some(Glob::new(pattern));
        self
    }

    /// Only keys that begin so.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        self.key(format!("{prefix}*"))
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, count: u64) -> Self {
        self.skip = count;
        self
    }

    /// Happens so many times, then never again.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Happens one time.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Whether a request is one of those the rule is about.
    pub(super) fn matches(&self, operation: Operation, bucket: Option<&str>, key: Option<&str>) -> bool {
        (self.operations.is_empty() || self.operations.contains(&operation))
            && self.bucket.as_deref().is_none_or(|wanted| bucket == Some(wanted))
            && self.key.as_ref().is_none_or(|pattern| key.is_some_and(|key| pattern.matches(key)))
    }
}
