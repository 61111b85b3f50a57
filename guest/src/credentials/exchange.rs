//! One request to a service that issues credentials. The size of the response is limited.

use std::time::Duration;

use bytes::Bytes;
use zeroize::{Zeroize as _, Zeroizing};

use crate::endpoint::Service;
use crate::error::ErrorKind;
use crate::message::{Method, Request, Response, is_field_value};
use crate::ports::{Body as _, ExchangeTimeouts, Ports, TransportError, TransportErrorKind};

/// The most bytes of a response's body; one with credentials has fewer than 4 KiB.
const MAX_BODY: usize = 64 * 1024;

/// As in the official credential library: 5 s to connect, 10 s to read.
const TIMEOUTS: ExchangeTimeouts = ExchangeTimeouts {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(10),
    between_bytes: Duration::from_secs(10),
};

/// Why fetching credentials failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: ErrorKind,
    /// The message, without secrets.
    pub message: String,
    /// Whether a retry within this call can help.
    pub retryable: bool,
    /// Whether a later call can succeed although a retry can't help.
    pub later: bool,
}

impl Failure {
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::AccessDenied, message: message.into(), retryable: false, later: false }
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unavailable, message: message.into(), retryable: true, later: true }
    }

    fn transport(service: &str, error: TransportError) -> Self {
        let kind = match error.kind {
            TransportErrorKind::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::Unavailable,
        };
        let message = [service, " gave no answer: ", &error.message].concat();
        let retryable = error.kind != TransportErrorKind::Refused;
        Self { kind, message, retryable, later: retryable }
    }
}

/// A response. Its body is wiped when dropped.
pub(super) struct CredentialResponse {
    pub status: u16,
    /// The service's time, in seconds since 1970.
    pub date: Option<u64>,
    pub body: Zeroizing<Vec<u8>>,
}

/// A request for credentials.
pub(super) struct CredentialRequest<'a> {
    /// The service's name, for messages.
    pub name: &'a str,
    pub service: &'a Service,
    pub method: Method,
    /// The path with the query.
    pub path: &'a str,
    pub headers: &'a [(&'static str, &'a str)],
    pub body: Bytes,
}

impl CredentialRequest<'_> {
    pub(super) async fn send(self, ports: &impl Ports) -> Result<CredentialResponse, Failure> {
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
        // Reserve the maximum immediately: a buffer that grows leaves copies of secrets in freed memory.
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
        Ok(CredentialResponse { status, date, body })
    }
}
