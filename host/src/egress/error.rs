//! What went wrong on the wire, in the words of wasi:http.

use super::problem::{CertificateProblem, ConnectionCause};
use std::error::Error as StdError;
use std::net::IpAddr;
use std::{fmt, io};
use wasmtime_wasi_http::Error as HttpError;

/// What went wrong on the wire. hyper wraps errors and lends them; this can be taken out and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WireError {
    Dns(String),
    /// None of these addresses may be connected to.
    Prohibited(Vec<IpAddr>),
    Refused,
    Unreachable(String),
    ConnectTimeout,
    Terminated,
    Incomplete,
    Protocol,
    Certificate(CertificateProblem),
    Alert {
        id: u8,
        message: String,
    },
    Tls(String),
    /// The proxy before the host can't be reached, or does not connect to it.
    Proxy {
        proxy: String,
        reason: String,
    },
    /// The component's own body broke off or is not as long as it said.
    RequestBody(Option<u64>),
    Other(String),
}

impl WireError {
    /// A request that got no answer.
    pub(crate) fn of_request(error: &hyper_util::client::legacy::Error) -> Self {
        for cause in causes(error) {
            if let Some(fault) = cause.downcast_ref::<Self>() {
                return fault.clone();
            }
            if let Some(error) = cause.downcast_ref::<HttpError>() {
                return match error {
                    HttpError::HttpRequestBodySize(size) => Self::RequestBody(*size),
                    other => Self::Other(other.to_string()),
                };
            }
            if let Some(error) = cause.downcast_ref::<hyper::Error>() {
                if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
                    return Self::Terminated;
                }
                if error.is_parse() || error.is_parse_status() || error.is_parse_too_large() {
                    return Self::Protocol;
                }
            }
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                return Self::of_io(error, Self::Terminated);
            }
        }
        Self::Other(error.to_string())
    }

    /// A response whose body broke off.
    pub(crate) fn of_body(error: &hyper::Error) -> Self {
        let io = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
        match io.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Self::Protocol,
            _ => Self::Incomplete,
        }
    }

    /// A connection that was not made.
    pub(crate) fn of_connect(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::ConnectTimeout,
            _ => Self::Unreachable(error.to_string()),
        }
    }

    /// A TLS handshake that failed, or a connection that broke in its middle.
    pub(crate) fn of_io(error: &io::Error, otherwise: Self) -> Self {
        let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return otherwise;
        };
        match error {
            rustls::Error::InvalidCertificate(reason) => Self::Certificate(CertificateProblem::of(reason)),
            rustls::Error::AlertReceived(alert) => Self::Alert { id: u8::from(*alert), message: format!("{alert:?}") },
            other => Self::Tls(other.to_string()),
        }
    }
}

impl WireError {
    /// The same for the host of the component; none of what is no connection's problem.
    pub(super) fn cause(&self) -> Option<ConnectionCause> {
        Some(match self {
            Self::Dns(reason) => ConnectionCause::Name { reason: reason.clone() },
            Self::Prohibited(addresses) => ConnectionCause::Address { addresses: addresses.clone() },
            Self::Refused => ConnectionCause::Refused,
            Self::Unreachable(reason) => ConnectionCause::Unreachable { reason: reason.clone() },
            Self::ConnectTimeout => ConnectionCause::TimedOut,
            Self::Certificate(problem) => ConnectionCause::Certificate(problem.clone()),
            Self::Tls(reason) => ConnectionCause::Tls { reason: reason.clone() },
            Self::Proxy { proxy, reason } => ConnectionCause::Proxy { proxy: proxy.clone(), reason: reason.clone() },
            Self::Alert { message, .. } => {
                ConnectionCause::Tls { reason: format!("the server broke it off with {message}") }
            }
            Self::Terminated => ConnectionCause::Tls { reason: "the server closed the connection".to_owned() },
            Self::Incomplete | Self::Protocol | Self::RequestBody(_) | Self::Other(_) => return None,
        })
    }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next: Option<&'a (dyn StdError + 'static)> = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proxy { proxy, reason } => write!(f, "the proxy {proxy} {reason}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl StdError for WireError {}

impl From<WireError> for HttpError {
    fn from(fault: WireError) -> Self {
        match fault {
            WireError::Dns(reason) => Self::DnsError { rcode: Some(reason), info_code: None },
            WireError::Prohibited(_) => Self::DestinationIpProhibited,
            WireError::Refused => Self::ConnectionRefused,
            WireError::Unreachable(_) => Self::DestinationUnavailable,
            WireError::ConnectTimeout => Self::ConnectionTimeout,
            WireError::Terminated => Self::ConnectionTerminated,
            WireError::Incomplete => Self::HttpResponseIncomplete,
            WireError::Protocol => Self::HttpProtocolError,
            WireError::Certificate(problem) => {
                tracing::warn!(%problem, "the server's certificate is not trusted");
                Self::TlsCertificateError
            }
            WireError::Alert { id, message } => {
                Self::TlsAlertReceived { alert_id: Some(id), alert_message: Some(message) }
            }
            WireError::Tls(reason) => {
                tracing::warn!(reason, "TLS failed");
                Self::TlsProtocolError
            }
            WireError::Proxy { proxy, reason } => {
                tracing::warn!(proxy, reason, "no connection through the proxy");
                Self::DestinationUnavailable
            }
            WireError::RequestBody(size) => Self::HttpRequestBodySize(size),
            WireError::Other(reason) => Self::InternalError(Some(reason)),
        }
    }
}
