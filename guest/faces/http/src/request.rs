//! Requests, from the host's to the core's.

use crate::bindings::wasi::http::types::{Method as HostMethod, Request as HostRequest};
use crate::request_body::RequestBody;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};

/// A request as the core takes it. Its URI is the path with the query alone.
///
/// # Errors
/// Says which part of it no HTTP request has. (Hosts check requests before they hand them on.)
pub fn incoming(request: HostRequest) -> Result<Request<RequestBody>, &'static str> {
    let mut head = Request::new(());
    *head.method_mut() = method(request.get_method()).map_err(|_| "the method is none")?;
    let path = request.get_path_with_query().unwrap_or_else(|| "/".to_owned());
    *head.uri_mut() = Uri::try_from(path).map_err(|_| "the path is none")?;
    for (name, value) in request.get_headers().copy_all() {
        let name = HeaderName::try_from(name).map_err(|_| "a header's name is none")?;
        let value = HeaderValue::try_from(value).map_err(|_| "a header's value is none")?;
        head.headers_mut().append(name, value);
    }
    let length = head.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    Ok(head.map(|()| RequestBody::of(request, length)))
}

fn method(method: HostMethod) -> Result<Method, http::method::InvalidMethod> {
    Ok(match method {
        HostMethod::Get => Method::GET,
        HostMethod::Head => Method::HEAD,
        HostMethod::Post => Method::POST,
        HostMethod::Put => Method::PUT,
        HostMethod::Delete => Method::DELETE,
        HostMethod::Connect => Method::CONNECT,
        HostMethod::Options => Method::OPTIONS,
        HostMethod::Trace => Method::TRACE,
        HostMethod::Patch => Method::PATCH,
        HostMethod::Other(name) => Method::from_bytes(name.as_bytes())?,
    })
}
