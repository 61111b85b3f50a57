//! What a person is told of a call that failed, after the sentence that says which one.

use crate::ErrorKind;

/// A call that failed. Holds no secret, as the WIT package's `error` holds none.
#[derive(Debug, Clone)]
pub struct Failure<'a> {
    /// The kind; none where the call's instance ended.
    pub kind: Option<ErrorKind>,
    /// What failed, in the component's words; none where the component says nothing.
    pub message: Option<&'a str>,
    /// What OSS answered, where it did.
    pub answer: Option<Answer<'a>>,
    /// Why no connection stood, where that is why and somebody knows.
    pub cause: Option<&'a str>,
    /// Whether the same call may succeed later.
    pub is_retryable: bool,
}

/// What OSS answered.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// OSS's error code; empty where it named none.
    pub code: &'a str,
    /// The EC.
    pub ec: Option<&'a str>,
    /// The request's id.
    pub request_id: Option<&'a str>,
    /// OSS's message; empty where there was none.
    pub message: &'a str,
}

impl Failure<'_> {
    /// Names and texts, each of which is a line. An empty name continues the line before.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = Vec::new();
        // Of what is not there, the sentence before says all.
        if let Some(message) = self.message.filter(|_| self.kind != Some(ErrorKind::NotFound)) {
            details.push(("what:", message.to_owned()));
        }
        if let Some(answer) = &self.answer {
            details.push(("OSS:", answer.summary()));
            if !answer.message.is_empty() {
                details.push(("", answer.message.to_owned()));
            }
        }
        details.extend(self.cause.map(|cause| ("why:", cause.to_owned())));
        if !matches!(self.kind, Some(ErrorKind::NotFound | ErrorKind::InvalidKey)) {
            let may = match self.is_retryable {
                true => "may succeed later, unchanged",
                false => "will fail again unless something changes",
            };
            details.push(("retry:", may.to_owned()));
        }
        details
    }
}

impl Answer<'_> {
    /// `403 SignatureDoesNotMatch, EC 0002-00000201, request id 5C3D…`
    fn summary(&self) -> String {
        let mut summary = self.status.to_string();
        if !self.code.is_empty() {
            summary.push_str(&format!(" {}", self.code));
        }
        for (name, value) in [("EC", self.ec), ("request id", self.request_id)] {
            if let Some(value) = value {
                summary.push_str(&format!(", {name} {value}"));
            }
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_oss_said_is_told_and_whether_a_retry_helps() {
        let answer = Answer {
            status: 403,
            code: "SignatureDoesNotMatch",
            ec: Some("0002-00000201"),
            request_id: Some("5C3D"),
            message: "The request signature does not match.",
        };
        let failure = Failure {
            kind: Some(ErrorKind::AccessDenied),
            message: Some("OSS refused the signature"),
            answer: Some(answer),
            cause: None,
            is_retryable: false,
        };
        let expected = [
            ("what:", "OSS refused the signature"),
            ("OSS:", "403 SignatureDoesNotMatch, EC 0002-00000201, request id 5C3D"),
            ("", "The request signature does not match."),
            ("retry:", "will fail again unless something changes"),
        ];
        let details = failure.details();
        assert_eq!(details.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn of_what_is_not_there_nothing_more_is_told() {
        let kind = Some(ErrorKind::NotFound);
        let failure = Failure { kind, message: Some("no such key"), answer: None, cause: None, is_retryable: false };
        assert!(failure.details().is_empty());
    }
}
