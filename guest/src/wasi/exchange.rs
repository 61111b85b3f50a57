//! What exchanges over `wasi:http` of WASI 0.2 and 0.3 have in common: the address and timeouts of a request, and the
//! meaning of the host's errors.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use super::Wasi;
#[cfg(feature = "p2")]
use super::bindings::wasi::http::types::OutgoingRequest as Outgoing;
#[cfg(not(feature = "p2"))]
use super::bindings::wasi::http::types::Request as Outgoing;
use super::bindings::wasi::http::types::{ErrorCode, Method as WasiMethod, RequestOptions, Scheme};
use crate::message::Method;
use crate::ports::{ExchangeTimeouts, TransportError, TransportErrorKind};
use crate::stall::{Progress, unless_stalled};

/// Which timeouts the host enforces.
#[derive(Clone, Copy)]
pub(super) struct HostTimeouts {
    /// Whether it enforces those for connecting and for the first byte.
    pub(super) head: bool,
    /// Whether it enforces the one between two pieces of the body.
    pub(super) body: bool,
}

/// The timeouts as options for the host, and which of them it enforces.
pub(super) fn request_options(timeouts: ExchangeTimeouts) -> (RequestOptions, HostTimeouts) {
    let options = RequestOptions::new();
    let nanos = |length: Duration| Some(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX));
    let head = options.set_connect_timeout(nanos(timeouts.connect)).is_ok()
        && options.set_first_byte_timeout(nanos(timeouts.first_byte)).is_ok();
    let body = options.set_between_bytes_timeout(nanos(timeouts.between_bytes)).is_ok();
    (options, HostTimeouts { head, body })
}

/// Waits for the response to a request while its body is sent, and enforces the timeouts that the host does not.
pub(super) async fn answer_to<T>(
    timeouts: ExchangeTimeouts,
    by_host: HostTimeouts,
    progress: &Progress,
    answer: impl Future<Output = Result<T, ErrorCode>>,
    upload: impl Future<Output = ()>,
) -> Result<T, ErrorCode> {
    let mut answer = pin!(async {
        if by_host.head {
            return answer.await;
        }
        let limit = timeouts.connect.saturating_add(timeouts.first_byte);
        let in_time = unless_stalled(&Wasi, progress, limit, answer).await;
        in_time.unwrap_or(Err(ErrorCode::HttpResponseTimeout))
    });
    let mut upload = pin!(upload);
    let mut is_uploaded = false;
    poll_fn(|cx| {
        let answer = answer.as_mut().poll(cx);
        // Poll the upload after the request is sent: a host of 0.3 then takes the trailers immediately, without a separate
        // event. Do not poll the response again when the upload ends; that costs another host call.
        if answer.is_pending() && !is_uploaded {
            is_uploaded = upload.as_mut().poll(cx).is_ready();
        }
        answer
    })
    .await
}

/// The error for something that the host does not accept.
pub(super) fn refused(what: &str) -> TransportError {
    TransportError { kind: TransportErrorKind::Refused, message: format!("the host refuses {what}") }
}

/// Sets the address of a request.
pub(super) fn address(
    request: &Outgoing,
    method: Method,
    secure: bool,
    authority: &str,
    path_with_query: &str,
) -> Result<(), TransportError> {
    let method = match method {
        // What a request is made with.
        Method::Get => None,
        Method::Head => Some(WasiMethod::Head),
        Method::Put => Some(WasiMethod::Put),
        Method::Post => Some(WasiMethod::Post),
        Method::Delete => Some(WasiMethod::Delete),
    };
    method.map_or(Ok(()), |method| request.set_method(&method)).map_err(|()| refused("the method"))?;
    let scheme = if secure { Scheme::Https } else { Scheme::Http };
    request.set_scheme(Some(&scheme)).map_err(|()| refused("the scheme"))?;
    request.set_authority(Some(authority)).map_err(|()| refused("the host's name"))?;
    request.set_path_with_query(Some(path_with_query)).map_err(|()| refused("the path"))
}

/// Converts the host's error for a failed exchange.
pub(super) fn transport_error(error: ErrorCode) -> TransportError {
    use ErrorCode as E;
    use TransportErrorKind::{Broken, NotSent, Refused, TimedOut};
    let (kind, message) = match error {
        E::DnsTimeout => (NotSent, "the name server did not answer in time"),
        E::DnsError(_) => (NotSent, "the host's name can't be resolved"),
        E::DestinationNotFound => (NotSent, "the host's name is unknown"),
        E::DestinationUnavailable => (NotSent, "the host can't be reached"),
        E::DestinationIpProhibited => (Refused, "the host's address may not be connected to"),
        E::DestinationIpUnroutable => (NotSent, "there is no route to the host's address"),
        E::ConnectionRefused => (NotSent, "the connection was refused"),
        E::ConnectionTimeout => (NotSent, "no connection stood in time"),
        E::ConnectionLimitReached => (NotSent, "no more connections can be made now"),
        // A host may return this for a connection that broke long after its handshake.
        E::TlsProtocolError => (Broken, "TLS failed"),
        E::TlsCertificateError => (Refused, "the server's certificate is not trusted"),
        E::TlsAlertReceived(_) => (Broken, "the server broke TLS off"),
        E::ConnectionTerminated => (Broken, "the connection broke"),
        E::ConnectionReadTimeout | E::HttpResponseTimeout => (TimedOut, "the answer did not come in time"),
        E::ConnectionWriteTimeout => (TimedOut, "the request could not be sent in time"),
        E::HttpRequestDenied => (Refused, "the host of this component forbids the request"),
        E::HttpRequestBodySize(_) => (Broken, "the request was not sent whole"),
        E::HttpResponseIncomplete => (Broken, "the answer broke off"),
        E::HttpResponseBodySize(_) => (Broken, "the answer's length is not the stated one"),
        E::HttpProtocolError => (Broken, "the answer is no HTTP answer"),
        E::InternalError(_) => (Broken, "the host of this component failed"),
        E::ConfigurationError => (Refused, "the host of this component is not set up to send requests"),
        _ => (Broken, "the exchange failed"),
    };
    TransportError { kind, message: message.to_owned() }
}
