//! Requests of somebody who is not known.

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Response};

use crate::problem::{Problem, ProblemKind};
use crate::request_id::RequestId;

/// Why nobody is known who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are no credentials.
    Missing,
    /// The credentials are none that are known.
    Unknown,
    /// They were known until some time ago.
    Expired,
}

impl Refusal {
    /// The response to a request.
    pub fn into_response(self, id: &RequestId) -> Response<Bytes> {
        let (detail, challenge) = match self {
            Self::Missing => ("a token is needed, as in Authorization: Bearer TOKEN", "Bearer realm=\"ossicle\""),
            Self::Unknown => ("the credentials are not known", "Bearer realm=\"ossicle\", error=\"invalid_token\""),
            Self::Expired => ("the credentials have expired", "Bearer realm=\"ossicle\", error=\"invalid_token\""),
        };
        let problem = Problem::new(ProblemKind::Unauthorized, detail);
        problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge)).into_response(id)
    }
}
