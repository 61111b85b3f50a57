//! Interprets OSS's responses: error documents (OSS documentation: *Error responses*) and the kind of failure that they
//! mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::document;
use super::headers;
use crate::error::{Answer, ErrorKind};
use crate::foreign_text::shown;
use crate::message::ResponseHeaders;

/// Whether sending the request again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// A retry can't help.
    Never,
    /// A retry can help, and the first request had no effect: any request may be sent again.
    Always,
    /// A retry can help, but the first request may have had an effect: only an idempotent request is sent again.
    IfIdempotent,
    /// A retry can help once the clock is set by the response's `Date`.
    SetClock,
    /// A retry can help with other credentials: these have expired.
    Refresh,
}

/// Reads the headers of any response.
pub(crate) fn read_headers(status: u16, headers: &ResponseHeaders, redact: &dyn Fn(&str) -> String) -> Answer {
    let text = |name| headers::text(headers, name).map(|text| shown(&text, redact));
    Answer {
        status,
        ec: text("x-oss-ec"),
        request_id: text(headers::REQUEST_ID),
        date: headers::date(headers, "date"),
        ..Answer::default()
    }
}

/// Reads an error: the document in the body or, for `HEAD`, in `x-oss-err`, and the headers. Also returns the
/// document's `ServerTime`, in seconds since 1970, if it has one.
pub(crate) fn read_error(
    status: u16,
    headers: &ResponseHeaders,
    body: &[u8],
    redact: &dyn Fn(&str) -> String,
) -> (Answer, Option<u64>) {
    let mut answer = read_headers(status, headers, redact);
    let in_header = headers::text(headers, "x-oss-err").and_then(|encoded| STANDARD.decode(encoded).ok());
    let document = in_header.as_deref().unwrap_or(body);
    let mut read = Answer::default();
    let mut server_time = None;
    let result = document::read_error(document, |path, given| {
        let text = || shown(given, redact);
        match path {
            ["Code"] => read.code = text(),
            ["Message"] => read.message = text(),
            ["EC"] => read.ec = Some(text()),
            ["RequestId"] => read.request_id = Some(text()),
            ["ServerTime"] => server_time = headers::document_date(given.trim()),
            ["Endpoint"] => read.endpoint = Some(text()),
            _ => {}
        }
        Ok(())
    });
    if result.is_ok() {
        answer.code = read.code;
        answer.message = read.message;
        answer.endpoint = read.endpoint;
        answer.ec = answer.ec.or(read.ec);
        answer.request_id = answer.request_id.or(read.request_id);
    }
    (answer, server_time.filter(|_| result.is_ok()))
}

/// The kind of failure that a response means, and whether a retry can help.
pub(crate) fn classify(answer: &Answer) -> (ErrorKind, Retry) {
    let code = answer.code.as_str();
    match (answer.status, code) {
        (_, "RequestTimeTooSkewed") => (ErrorKind::AccessDenied, Retry::SetClock),
        // Expired temporary credentials lead to any of these codes.
        (_, "InvalidSecurityToken" | "SecurityTokenExpired" | "InvalidAccessKeyId") => {
            (ErrorKind::AccessDenied, Retry::Refresh)
        }
        (304, _) => (ErrorKind::NotModified, Retry::Never),
        (404, "NoSuchKey") => (ErrorKind::NotFound, Retry::Never),
        (404, "NoSuchBucket") => (ErrorKind::NoSuchBucket, Retry::Never),
        // The received body had another MD5 than the sent one: nothing was stored.
        (400, "InvalidDigest") => (ErrorKind::Corrupt, Retry::Always),
        // The body arrived too slowly or incompletely.
        (400, "RequestTimeout") => (ErrorKind::TimedOut, Retry::Always),
        // The official SDKs retry this code: the request was damaged in transit.
        (400, "BadRequest") => (ErrorKind::Service, Retry::Always),
        (400, "InvalidObjectName") => (ErrorKind::InvalidKey, Retry::Never),
        (400, "PublicEndpointForbidden") => (ErrorKind::AccessDenied, Retry::Never),
        (400 | 501, "NotImplemented") => (ErrorKind::Unsupported, Retry::Never),
        // An archived object that is not restored.
        (403, "InvalidObjectState") => (ErrorKind::Unsupported, Retry::Never),
        // The official SDKs retry a 401, since their credentials may have been refreshed meanwhile; these credentials
        // do not change.
        (401 | 403, _) => (ErrorKind::AccessDenied, Retry::Never),
        (409 | 412, _) => (ErrorKind::Conflict, Retry::Never),
        (408, _) => (ErrorKind::TimedOut, Retry::IfIdempotent),
        (429, _) => (ErrorKind::Throttled, Retry::Always),
        (503, code) if code.ends_with("LimitExceeded") => (ErrorKind::Throttled, Retry::Always),
        (501, _) => (ErrorKind::Unsupported, Retry::Never),
        (500..=599, _) => (ErrorKind::Unavailable, Retry::IfIdempotent),
        _ => (ErrorKind::Service, Retry::Never),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::headers;

    const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code>\
        <Message>The specified key does not exist.</Message><RequestId>5C3D9175B6FC201293AD1234</RequestId>\
        <HostId>h</HostId><Key>k</Key><EC>0026-00000001</EC></Error>";

    #[test]
    fn a_document_in_the_body_or_of_a_head() {
        let expected = Answer {
            status: 404,
            code: "NoSuchKey".into(),
            ec: Some("0026-00000001".into()),
            request_id: Some("5C3D9175B6FC201293AD1234".into()),
            message: "The specified key does not exist.".into(),
            endpoint: None,
            date: None,
        };
        let status = 404;
        assert_eq!(read_error(status, &headers(&[]), DOCUMENT.as_bytes(), &str::to_owned).0, expected);
        let encoded = STANDARD.encode(DOCUMENT);
        assert_eq!(read_error(status, &headers(&[("x-oss-err", &encoded)]), b"", &str::to_owned).0, expected);
        let given = headers(&[("x-oss-request-id", "R"), ("x-oss-ec", "E")]);
        let bare = read_error(status, &given, b"<html>", &str::to_owned).0;
        assert_eq!((bare.code.as_str(), bare.ec.as_deref(), bare.request_id.as_deref()), ("", Some("E"), Some("R")));
    }

    // 8.8: in the document, in headers and in the document of a HEAD.
    #[test]
    fn a_secret_with_a_control_character_inside_is_redacted_wherever_it_stands() {
        let echoed = "canary-\u{1b}secret";
        let document = format!("<Error><Code>{echoed}</Code><Message>m {echoed}</Message><EC>{echoed}</EC></Error>");
        let in_header = STANDARD.encode(&document);
        let redact = |text: &str| text.replace("canary-secret", "[redacted]");
        for (given, body) in [
            (headers(&[("x-oss-request-id", "canary-\tsecret"), ("x-oss-ec", "canary-\tsecret")]), document.as_str()),
            (headers(&[("x-oss-err", &in_header)]), ""),
        ] {
            let answer = read_error(403, &given, body.as_bytes(), &redact).0;
            assert_eq!(answer.message, "m [redacted]");
            assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        }
    }

    #[test]
    fn kinds() {
        for (status, code, kind, retry) in [
            (404, "NoSuchKey", ErrorKind::NotFound, Retry::Never),
            (404, "NoSuchBucket", ErrorKind::NoSuchBucket, Retry::Never),
            (404, "", ErrorKind::Service, Retry::Never),
            (400, "InvalidDigest", ErrorKind::Corrupt, Retry::Always),
            (400, "RequestTimeout", ErrorKind::TimedOut, Retry::Always),
            (400, "BadRequest", ErrorKind::Service, Retry::Always),
            (400, "InvalidArgument", ErrorKind::Service, Retry::Never),
            (400, "InvalidObjectName", ErrorKind::InvalidKey, Retry::Never),
            (400, "PublicEndpointForbidden", ErrorKind::AccessDenied, Retry::Never),
            (400, "NotImplemented", ErrorKind::Unsupported, Retry::Never),
            (401, "", ErrorKind::AccessDenied, Retry::Never),
            (403, "AccessDenied", ErrorKind::AccessDenied, Retry::Never),
            (403, "InvalidObjectState", ErrorKind::Unsupported, Retry::Never),
            (408, "", ErrorKind::TimedOut, Retry::IfIdempotent),
            (412, "PreconditionFailed", ErrorKind::Conflict, Retry::Never),
            (403, "RequestTimeTooSkewed", ErrorKind::AccessDenied, Retry::SetClock),
            (403, "InvalidSecurityToken", ErrorKind::AccessDenied, Retry::Refresh),
            (409, "FileAlreadyExists", ErrorKind::Conflict, Retry::Never),
            (429, "", ErrorKind::Throttled, Retry::Always),
            (503, "TotalQpsLimitExceeded", ErrorKind::Throttled, Retry::Always),
            (503, "ServiceUnavailable", ErrorKind::Unavailable, Retry::IfIdempotent),
            (500, "InternalError", ErrorKind::Unavailable, Retry::IfIdempotent),
            (501, "NotImplemented", ErrorKind::Unsupported, Retry::Never),
            (302, "", ErrorKind::Service, Retry::Never),
            (304, "", ErrorKind::NotModified, Retry::Never),
            (416, "InvalidRange", ErrorKind::Service, Retry::Never),
        ] {
            let answer = Answer { status, code: code.into(), ..Answer::default() };
            assert_eq!(classify(&answer), (kind, retry), "{status} {code}");
        }
    }
}
