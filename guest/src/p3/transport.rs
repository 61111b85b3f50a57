//! Requests over `wasi:http/client`.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use super::Wasi;
use super::bindings::wasi::http::client;
use super::bindings::wasi::http::types::{ErrorCode, Fields, Request, RequestOptions, Response, Scheme, Trailers};
use super::bindings::{wit_future, wit_stream};
use crate::ports::{Body, Clock as _, ExchangeTimeouts, Transport, TransportError, TransportErrorKind};

/// What one read or write of a body moves: larger pieces mean fewer crossings into the host, which cost about a microsecond
/// each; beyond 256 KiB nothing more is gained.
const CHUNK: usize = 256 * 1024;

/// What one read asks for where no length was stated: error documents and listings.
const UNKNOWN: usize = 16 * 1024;

impl Transport for Wasi {
    type Body = IncomingBody;

    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: ExchangeTimeouts,
    ) -> Result<http::Response<IncomingBody>, TransportError> {
        let (head, body) = request.into_parts();
        let (contents, writer) = if body.is_empty() {
            (None, None)
        } else {
            let (writer, reader) = wit_stream::new::<u8>();
            (Some(reader), Some((writer, body)))
        };
        let (no_trailers, trailers) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
        // A body ends with its trailers: without this the host would wait for them.
        drop(no_trailers);
        let (options, is_bounded) = options(timeouts);
        let headers = outgoing_headers(&head.headers)?;
        let (outgoing, _transmission) = Request::new(headers, contents, trailers, Some(options));
        address(&outgoing, &head)?;

        let answer = async {
            let answer = pin!(client::send(outgoing));
            if is_bounded {
                return answer.await;
            }
            let alarm = pin!(self.sleep(timeouts.connect.saturating_add(timeouts.first_byte)));
            match select(answer, alarm).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(ErrorCode::HttpResponseTimeout),
            }
        };
        let answer = match writer {
            None => answer.await,
            Some((mut writer, body)) => {
                let upload = pin!(async move {
                    // The caller keeps the body for another attempt: a copy of all of it would double what a call takes.
                    for piece in body.chunks(CHUNK) {
                        // What the host leaves unread it does not want; the answer says why.
                        if !writer.write_all(piece.to_vec()).await.is_empty() {
                            break;
                        }
                    }
                });
                let answer = pin!(answer);
                match select(answer, upload).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(((), answer)) => answer.await,
                }
            }
        };
        incoming(answer.map_err(transport_error)?, head.method == Method::HEAD)
    }
}

fn refused(what: &str) -> TransportError {
    TransportError { kind: TransportErrorKind::Refused, message: format!("the host refuses {what}") }
}

fn outgoing_headers(headers: &HeaderMap) -> Result<Fields, TransportError> {
    let entries: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    Fields::from_list(&entries).map_err(|_| refused("a header"))
}

/// The timeouts as the host keeps them, and whether it does keep those of connecting and of the first byte.
fn options(timeouts: ExchangeTimeouts) -> (RequestOptions, bool) {
    let options = RequestOptions::new();
    let nanos = |length: Duration| Some(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX));
    let is_bounded = options.set_connect_timeout(nanos(timeouts.connect)).is_ok()
        && options.set_first_byte_timeout(nanos(timeouts.first_byte)).is_ok();
    // Where the host does not keep this one, a body that stalls is for the host to end.
    let _unsupported = options.set_between_bytes_timeout(nanos(timeouts.between_bytes));
    (options, is_bounded)
}

fn address(request: &Request, head: &http::request::Parts) -> Result<(), TransportError> {
    use super::bindings::wasi::http::types::Method as WasiMethod;
    let method = match head.method {
        Method::GET => WasiMethod::Get,
        Method::HEAD => WasiMethod::Head,
        Method::PUT => WasiMethod::Put,
        Method::POST => WasiMethod::Post,
        Method::DELETE => WasiMethod::Delete,
        ref other => WasiMethod::Other(other.as_str().to_owned()),
    };
    request.set_method(&method).map_err(|()| refused("the method"))?;
    let scheme = if head.uri.scheme_str() == Some("http") { Scheme::Http } else { Scheme::Https };
    request.set_scheme(Some(&scheme)).map_err(|()| refused("the scheme"))?;
    request.set_authority(head.uri.authority().map(|name| name.as_str())).map_err(|()| refused("the host's name"))?;
    request.set_path_with_query(head.uri.path_and_query().map(|path| path.as_str())).map_err(|()| refused("the path"))
}

fn incoming(response: Response, is_head: bool) -> Result<http::Response<IncomingBody>, TransportError> {
    let malformed =
        || TransportError { kind: TransportErrorKind::Broken, message: "the answer is no HTTP answer".to_owned() };
    let status = StatusCode::from_u16(response.get_status_code()).map_err(|_| malformed())?;
    let fields = response.get_headers().copy_all();
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        // A header that can't be read is none of OSS's.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    let body = if is_head || length == Some(0) {
        IncomingBody { reader: None, left: Some(0) }
    } else {
        let (_verdict, verdict) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
        IncomingBody { reader: Some(Response::consume_body(response, verdict)), left: length }
    };
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// How a body ended, besides its trailers.
type End = FutureReader<Result<Option<Trailers>, ErrorCode>>;

/// The body of an answer.
pub(super) struct IncomingBody {
    reader: Option<(StreamReader<u8>, End)>,
    /// The bytes still to come, where a length was stated.
    left: Option<usize>,
}

impl Body for IncomingBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some((stream, _)) = &mut self.reader {
            let want = self.left.map_or(UNKNOWN, |left| left.clamp(1, CHUNK));
            let (result, bytes) = stream.read(Vec::with_capacity(want)).await;
            if !bytes.is_empty() {
                self.left = self.left.map(|left| left.saturating_sub(bytes.len()));
                return Ok(Some(bytes.into()));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                let Some((_, trailers)) = self.reader.take() else { break };
                trailers.await.map_err(transport_error)?;
            }
        }
        Ok(None)
    }
}

fn transport_error(error: ErrorCode) -> TransportError {
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
        // A host may say so of a connection that broke long after its handshake.
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
