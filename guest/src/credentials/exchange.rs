//! One request to a service that gives credentials, and its answer read within bounds.

use std::time::Duration;

use bytes::Bytes;
use zeroize::{Zeroize as _, Zeroizing};

use crate::endpoint::Service;
use crate::error::ErrorKind;
use crate::message::{Method, Request, Response, is_field_value};
use crate::ports::{Body as _, ExchangeTimeouts, Ports, TransportError, TransportErrorKind};

/// An answer with credentials is under 4 KiB.
const MAX_BODY: usize = 64 * 1024;

/// As in the official credential library: 5 s to connect, 10 s to read.
const TIMEOUTS: ExchangeTimeouts = ExchangeTimeouts {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(10),
    between_bytes: Duration::from_secs(10),
};

/// Why no credentials came.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: ErrorKind,
    /// Holds no secret.
    pub message: String,
    /// Whether asking again can help.
    pub again: bool,
    /// Whether a later call can succeed although asking again now can't help.
    pub later: bool,
}

impl Failure {
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::AccessDenied, message: message.into(), again: false, later: false }
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unavailable, message: message.into(), again: true, later: true }
    }

    fn transport(service: &str, error: TransportError) -> Self {
        let kind = match error.kind {
            TransportErrorKind::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::Unavailable,
        };
        let message = [service, " gave no answer: ", &error.message].concat();
        let again = error.kind != TransportErrorKind::Refused;
        Self { kind, message, again, later: again }
    }
}

/// An answer. Its body is wiped when dropped.
pub(super) struct Reply {
    pub status: u16,
    /// The service's own time, in seconds since 1970.
    pub date: Option<u64>,
    pub body: Zeroizing<Vec<u8>>,
}

/// What is sent.
pub(super) struct Question<'a> {
    /// The service's name, for people.
    pub name: &'a str,
    pub service: &'a Service,
    pub method: Method,
    /// With the query.
    pub path: &'a str,
    pub headers: &'a [(&'static str, &'a str)],
    pub body: Bytes,
}

impl Question<'_> {
    pub(super) async fn ask(self, ports: &impl Ports) -> Result<Reply, Failure> {
        let mut headers: Vec<_> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        if self.headers.iter().any(|(_, value)| !is_field_value(value)) {
            return Err(Failure::refused([self.name, " can't be asked: a value fits no header"].concat()));
        }
        if self.method != Method::Get {
            headers.push(("content-length".to_owned(), self.body.len().to_string().into_bytes()));
        }
        let request = Request {
            method: self.method,
            secure: self.service.secure,
            authority: self.service.authority.clone(),
            path_with_query: self.path.to_owned(),
            headers,
            body: self.body,
        };
        let failed = |error| Failure::transport(self.name, error);
        let Response { status, headers, body: mut incoming } = ports.send(request, TIMEOUTS).await.map_err(failed)?;
        // With all the room there may be nothing is left behind by growing.
        let mut body = Zeroizing::new(Vec::with_capacity(MAX_BODY));
        while let Some(chunk) = incoming.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > MAX_BODY {
                return Err(Failure::refused(format!("{} gave an answer of more than {MAX_BODY} bytes", self.name)));
            }
            body.extend_from_slice(&chunk);
            if let Ok(mut chunk) = chunk.try_into_mut() {
                chunk.as_mut().zeroize();
            }
        }
        let date = crate::oss::headers::date(&headers, "date");
        Ok(Reply { status, date, body })
    }
}
