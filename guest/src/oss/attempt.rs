//! The result of one attempt to send a request.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::advice;
use super::answer::{self, Retry};
use super::document::DocumentError;
use super::headers;
use crate::config::Settings;
use crate::credentials::{Credentials, Failure};
use crate::error::{Answer, ErrorKind};
use crate::message::ResponseHeaders;
use crate::ports::{TransportError, TransportErrorKind};

/// A successful response whose body was not read yet.
pub(crate) struct Received<B> {
    pub status: u16,
    pub headers: Rc<ResponseHeaders>,
    pub body: B,
    /// The credentials that the request was signed with.
    pub credentials: Arc<Credentials>,
}

impl<B> Received<B> {
    /// The response's status and request id, for an error that is found later. Read only then, since most responses
    /// lead to none.
    pub(crate) fn answer(&self) -> Answer {
        answer::read_headers(self.status, &self.headers, &|text| self.credentials.redact(text))
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub kind: ErrorKind,
    pub message: String,
    pub answer: Option<Box<Answer>>,
    pub retry: Retry,
    /// How long OSS asks to wait.
    pub retry_after: Option<Duration>,
    /// The time according to the response, in seconds since 1970: the document's `ServerTime`, which comes from OSS
    /// itself, and the header `Date`, which an intermediary may have changed.
    pub times: [Option<u64>; 2],
    /// The generation of the credentials that the request was signed with; `None` if it was not signed.
    pub signed_with: Option<u64>,
    /// Whether there were no credentials to sign with.
    pub no_credentials: bool,
}

impl AttemptError {
    pub(crate) fn new(kind: ErrorKind, retry: Retry, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            message,
            answer: None,
            retry,
            retry_after: None,
            times: [None; 2],
            signed_with: None,
            no_credentials: false,
        }
    }

    /// Received bytes differ from those that OSS stores.
    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, Retry::IfIdempotent, message)
    }

    /// Whether the request may have taken effect, or still may, although the attempt failed: it was sent, and the
    /// response was lost or is a success with unexpected content.
    pub(crate) fn is_undecided(&self) -> bool {
        let is_success = self.answer.as_ref().is_some_and(|answer| (200..300).contains(&answer.status));
        is_success || self.retry == Retry::IfIdempotent
    }

    /// Adds the response in which, or after which, the error was found.
    pub(crate) fn after(mut self, answer: Answer) -> Self {
        self.answer.get_or_insert_with(|| Box::new(answer));
        self
    }

    /// An error response of OSS.
    pub(crate) fn refused(
        status: u16,
        headers: &ResponseHeaders,
        body: &[u8],
        redact: &dyn Fn(&str) -> String,
        settings: &Settings,
    ) -> Self {
        let (answer, server_time) = answer::read_error(status, headers, body, redact);
        let (kind, retry) = match answer::classify(&answer) {
            // The document was damaged in transit, and the status alone does not show what it said.
            (kind, Retry::Never) if answer.code.is_empty() && !body.is_empty() => (kind, Retry::IfIdempotent),
            classified => classified,
        };
        let message = match advice::of(&answer, settings) {
            Some(advice) => format!("OSS refused; {advice}"),
            None => "OSS refused".to_owned(),
        };
        Self {
            kind,
            message,
            answer: Some(Box::new(answer)),
            retry,
            retry_after: retry_after(headers),
            times: [server_time, headers::date(headers, "date")],
            signed_with: None,
            no_credentials: false,
        }
    }

    /// Adds the credentials that the request was signed with and removes their secrets from the message. (The response
    /// has none any more.)
    pub(crate) fn signed_with(mut self, generation: u64, credentials: &Credentials) -> Self {
        self.signed_with = Some(generation);
        self.message = credentials.redact(&self.message);
        self
    }

    /// A response without OSS's request id: from a proxy, a captive portal or the wrong server.
    pub(crate) fn foreign(status: u16, headers: &ResponseHeaders) -> Self {
        let kind = if status == 429 { ErrorKind::Throttled } else { ErrorKind::Unavailable };
        let message = format!("an answer with status {status} came that is not OSS's (it has no request id)");
        Self { retry_after: retry_after(headers), ..Self::new(kind, Retry::IfIdempotent, message) }
    }
}

/// `Retry-After` in seconds (RFC 9110 also allows a date, measured against the answer's own `Date`).
pub(super) fn retry_after(headers: &ResponseHeaders) -> Option<Duration> {
    let text = headers::text(headers, "retry-after")?;
    let seconds = match text.parse() {
        Ok(seconds) => seconds,
        Err(_) => headers::http_date(&text)?.saturating_sub(headers::date(headers, "date")?),
    };
    Some(Duration::from_secs(seconds))
}

impl From<TransportError> for AttemptError {
    fn from(error: TransportError) -> Self {
        let (kind, retry) = match error.kind {
            TransportErrorKind::NotSent => (ErrorKind::Unavailable, Retry::Always),
            TransportErrorKind::Broken => (ErrorKind::Unavailable, Retry::IfIdempotent),
            TransportErrorKind::TimedOut => (ErrorKind::TimedOut, Retry::IfIdempotent),
            TransportErrorKind::Refused => (ErrorKind::Unavailable, Retry::Never),
        };
        Self::new(kind, retry, error.message)
    }
}

impl From<Failure> for AttemptError {
    fn from(failure: Failure) -> Self {
        let retry = match (failure.retryable, failure.later) {
            (true, _) => Retry::Always,
            (false, true) => Retry::Refresh,
            (false, false) => Retry::Never,
        };
        let message = ["no credentials: ", &failure.message].concat();
        Self { no_credentials: true, ..Self::new(failure.kind, retry, message) }
    }
}

impl From<DocumentError> for AttemptError {
    fn from(error: DocumentError) -> Self {
        Self::corrupt(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2.6: the one place where it is decided whether a request may have taken effect.
    #[test]
    fn a_request_is_undecided_unless_it_was_refused_or_never_sent() {
        let settings = crate::testing::settings(|_| {});
        let refused = |status, code: &str| {
            let body = if code.is_empty() { String::new() } else { format!("<Error><Code>{code}</Code></Error>") };
            AttemptError::refused(status, &crate::testing::headers(&[]), body.as_bytes(), &str::to_owned, &settings)
        };
        let transport = |kind| AttemptError::from(TransportError { kind, message: String::new() });
        let success = AttemptError::new(ErrorKind::Corrupt, Retry::Never, "another length")
            .after(Answer { status: 200, ..Answer::default() });
        for (error, undecided) in [
            (success, true),
            (transport(TransportErrorKind::Broken), true),
            (transport(TransportErrorKind::TimedOut), true),
            (AttemptError::foreign(429, &crate::testing::headers(&[])), true),
            (refused(500, "InternalError"), true),
            (refused(503, "ServiceUnavailable"), true),
            (refused(408, ""), true),
            // The body that says why did not come whole.
            (AttemptError::refused(409, &crate::testing::headers(&[]), b"<Err", &str::to_owned, &settings), true),
            (transport(TransportErrorKind::NotSent), false),
            (transport(TransportErrorKind::Refused), false),
            (refused(429, "Throttled"), false),
            (refused(503, "TotalQpsLimitExceeded"), false),
            (refused(409, "FileImmutable"), false),
            (refused(403, "AccessDenied"), false),
            (refused(403, "RequestTimeTooSkewed"), false),
            (refused(403, "SecurityTokenExpired"), false),
            (refused(400, "InvalidDigest"), false),
            (refused(403, ""), false),
        ] {
            assert_eq!(error.is_undecided(), undecided, "{error:?}");
        }
        let unsigned = Failure { kind: ErrorKind::Unavailable, message: String::new(), retryable: true, later: true };
        assert!(!AttemptError::from(unsigned).is_undecided());
    }

    #[test]
    fn retry_after_in_both_forms() {
        let headers = crate::testing::headers;
        assert_eq!(retry_after(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
        let dated = [("date", "Wed, 28 Dec 2022 10:27:41 GMT"), ("retry-after", "Wed, 28 Dec 2022 10:28:00 GMT")];
        assert_eq!(retry_after(&headers(&dated)), Some(Duration::from_secs(19)));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
    }
}
