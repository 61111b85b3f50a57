//! The problems with which requests fail, as RFC 9457 describes them.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ports::{Holder, Left, LockError, StorageError, StorageErrorKind};
use crate::request_id::{self, RequestId};

/// The media type of problems.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The `Retry-After` in seconds of a request that OSS could not serve: longer than the component's own retries take.
const STORAGE_RETRY: HeaderValue = HeaderValue::from_static("5");

/// The `Retry-After` in seconds of a request that must wait for other requests of the same tenant, most of which take
/// less than a second.
const TENANT_RETRY: HeaderValue = HeaderValue::from_static("1");

/// The kind of a problem. It determines the problem's `type`, `title` and status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the title says what each stands for")]
pub enum ProblemKind {
    InvalidRequest,
    InvalidKey,
    BrokenContent,
    Unauthorized,
    Forbidden,
    UnknownRoute,
    NotFound,
    MethodNotAllowed,
    Conflict,
    IsDirectory,
    LockHeld,
    UploadOffset,
    UploadBusy,
    PreconditionFailed,
    LeaseLost,
    TooLarge,
    UnsupportedMediaType,
    RangeNotSatisfiable,
    Unsupported,
    TooManyRequests,
    Misconfigured,
    Defect,
    StorageDenied,
    NoBucket,
    Corrupt,
    StorageRefused,
    Left,
    Throttled,
    Overloaded,
    ChangeUnderWay,
    Unavailable,
    TimedOut,
}

impl ProblemKind {
    /// The last part of the problem's `type`, such as `not-found`.
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// The problem's `title`.
    pub const fn title(self) -> &'static str {
        self.facts().2
    }

    /// The status of the response.
    pub const fn status(self) -> StatusCode {
        self.facts().1
    }

    const fn facts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidRequest => ("invalid-request", StatusCode::BAD_REQUEST, "The request is malformed"),
            Self::InvalidKey => ("invalid-key", StatusCode::BAD_REQUEST, "The key or path is invalid"),
            Self::BrokenContent => ("broken-content", StatusCode::BAD_REQUEST, "The request's content ended early"),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED, "Credentials are missing or not known"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "These credentials do not allow this"),
            Self::UnknownRoute => ("unknown-route", StatusCode::NOT_FOUND, "There is no resource of this path"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is nothing under this name"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The resource does not have this method")
            }
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "The present state does not allow the request"),
            Self::IsDirectory => ("is-directory", StatusCode::CONFLICT, "There is more below this name"),
            Self::LockHeld => ("lock-held", StatusCode::CONFLICT, "Somebody else holds the lock"),
            Self::UploadOffset => ("upload-offset", StatusCode::CONFLICT, "The upload has another number of bytes"),
            Self::UploadBusy => ("upload-busy", StatusCode::CONFLICT, "Another request uses the upload"),
            Self::PreconditionFailed => {
                ("precondition-failed", StatusCode::PRECONDITION_FAILED, "A condition of the request is not met")
            }
            Self::LeaseLost => ("lease-lost", StatusCode::PRECONDITION_FAILED, "The lease is over"),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The request's content is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content's type is not supported")
            }
            Self::RangeNotSatisfiable => {
                ("range-not-satisfiable", StatusCode::RANGE_NOT_SATISFIABLE, "The range is outside of the content")
            }
            Self::Unsupported => {
                ("unsupported", StatusCode::UNPROCESSABLE_ENTITY, "Ossicle or the bucket does not support this")
            }
            Self::TooManyRequests => ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::Misconfigured => ("misconfigured", StatusCode::INTERNAL_SERVER_ERROR, "The tenant's config is wrong"),
            Self::Defect => ("defect", StatusCode::INTERNAL_SERVER_ERROR, "A defect of the service"),
            Self::StorageDenied => {
                ("storage-denied", StatusCode::BAD_GATEWAY, "OSS rejected the tenant's credentials or the operation")
            }
            Self::NoBucket => ("no-bucket", StatusCode::BAD_GATEWAY, "The tenant's bucket does not exist"),
            Self::Corrupt => ("corrupt", StatusCode::BAD_GATEWAY, "The bytes are not those that were stored"),
            Self::StorageRefused => ("storage-refused", StatusCode::BAD_GATEWAY, "OSS rejected the request"),
            Self::Left => ("left", StatusCode::BAD_GATEWAY, "Some objects could not be removed"),
            Self::Throttled => ("throttled", StatusCode::SERVICE_UNAVAILABLE, "OSS asked to slow down"),
            Self::Overloaded => {
                ("overloaded", StatusCode::SERVICE_UNAVAILABLE, "Too many calls of this tenant are in flight")
            }
            Self::ChangeUnderWay => {
                ("change-under-way", StatusCode::SERVICE_UNAVAILABLE, "Another conditional change is under way")
            }
            Self::Unavailable => {
                ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "OSS can't be reached, or can't serve now")
            }
            Self::TimedOut => ("timed-out", StatusCode::GATEWAY_TIMEOUT, "No answer came in time"),
        }
    }

    const fn retry_after(self) -> Option<HeaderValue> {
        match self {
            Self::Throttled | Self::Unavailable => Some(STORAGE_RETRY),
            Self::Overloaded | Self::ChangeUnderWay | Self::UploadBusy => Some(TENANT_RETRY),
            _ => None,
        }
    }
}

/// The reason why a request failed, and the response that states it.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: ProblemKind,
    document: Box<Document>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A problem's document (RFC 9457).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct Document {
    /// The kind of the problem: `urn:ossicle:problem:` and a name.
    #[serde(rename = "type")]
    #[schemars(extend("format" = "uri"))]
    kind: String,
    /// The kind of the problem, for a person.
    title: &'static str,
    /// The status of the response.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What failed, and what to do about it.
    detail: String,
    /// Whether the same request may succeed later without any other change.
    retryable: bool,
    /// Whether the change may have taken effect, or may take effect later, although the request failed. Read the
    /// present state, or make the change again.
    undecided: bool,
    /// The key, path or name on which the request failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// OSS's error code, such as `NoSuchKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// OSS's detailed error code, such as `0026-00000001`, by which its documentation finds the exact case.
    #[serde(skip_serializing_if = "Option::is_none")]
    ec: Option<String>,
    /// The id of the failed request, which is also in the response's `X-Request-Id` and in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = request_id::LONGEST), regex(pattern = request_id::PATTERN))]
    request_id: Option<String>,
    /// OSS's id of the request to OSS that failed, which Alibaba Cloud's support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    oss_request_id: Option<String>,
    /// The holder of the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<crate::json::HolderView>,
    /// The objects that a deletion could not delete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left: Vec<LeftView>,
}

/// An object that could not be deleted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Left")]
struct LeftView {
    /// The path of the file, if the object's name is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The reason.
    detail: String,
}

impl Problem {
    /// Creates a problem that a retry does not solve, unless its kind says otherwise.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let retry_after = kind.retry_after();
        let document = Document {
            kind: format!("urn:ossicle:problem:{}", kind.name()),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            retryable: retry_after.is_some(),
            undecided: false,
            key: None,
            code: None,
            ec: None,
            request_id: None,
            oss_request_id: None,
            holder: None,
            left: Vec::new(),
        };
        let headers = retry_after.map(|value| (header::RETRY_AFTER, value)).into_iter().collect();
        Self { kind, document: Box::new(document), headers }
    }

    /// Adds the key, path or name on which the request failed.
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.document.key = Some(key.into());
        self
    }

    /// Adds a header to the response.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Marks the problem as one that a retry may solve.
    pub fn retryable(mut self) -> Self {
        self.document.retryable = true;
        self
    }

    /// The kind of the problem.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidRequest, detail)
    }

    pub(crate) fn detail(&self) -> &str {
        &self.document.detail
    }

    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// Adds the id of the request.
    pub(crate) fn of_request(mut self, id: &RequestId) -> Self {
        self.document.request_id = Some(id.as_str().to_owned());
        self
    }

    /// The response to the request with this id.
    pub fn into_response(self, id: &RequestId) -> Response<Bytes> {
        let problem = self.of_request(id);
        // A document of strings, numbers and booleans can always be serialised.
        let body = serde_json::to_vec(&problem.document).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = problem.kind.status();
        let headers = response.headers_mut();
        headers.extend(problem.headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        id.add_to(headers);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Marks the problem as one whose change may have taken effect, or may do so later.
    pub(crate) fn undecided(mut self) -> Self {
        self.document.undecided = true;
        self
    }

    fn held(holder: Option<Holder>) -> Self {
        let mut problem = Self::new(ProblemKind::LockHeld, "the lock is held, and the wait is over").retryable();
        problem.document.holder = holder.map(Into::into);
        problem
    }
}

impl From<StorageErrorKind> for ProblemKind {
    fn from(kind: StorageErrorKind) -> Self {
        match kind {
            StorageErrorKind::NotFound => Self::NotFound,
            StorageErrorKind::InvalidKey => Self::InvalidKey,
            StorageErrorKind::Exists | StorageErrorKind::Conflict => Self::Conflict,
            StorageErrorKind::TooLate => Self::LeaseLost,
            StorageErrorKind::Denied => Self::StorageDenied,
            StorageErrorKind::NoBucket => Self::NoBucket,
            StorageErrorKind::Misconfigured => Self::Misconfigured,
            StorageErrorKind::Throttled => Self::Throttled,
            StorageErrorKind::Overloaded => Self::Overloaded,
            StorageErrorKind::TimedOut => Self::TimedOut,
            StorageErrorKind::Unavailable => Self::Unavailable,
            StorageErrorKind::Corrupt => Self::Corrupt,
            StorageErrorKind::Unsupported => Self::Unsupported,
            StorageErrorKind::BrokenContent => Self::BrokenContent,
            StorageErrorKind::Left => Self::Left,
            StorageErrorKind::Refused => Self::StorageRefused,
            StorageErrorKind::Defect => Self::Defect,
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let mut problem = Self::new(error.kind.into(), error.message);
        let document = &mut problem.document;
        document.key = error.key;
        document.retryable = error.retryable;
        if !error.retryable {
            problem.headers.clear();
        }
        let document = &mut problem.document;
        document.undecided = error.undecided;
        if let Some(answer) = error.answer {
            document.code = Some(answer.code).filter(|code| !code.is_empty());
            document.ec = answer.ec;
            document.oss_request_id = answer.request_id;
        }
        document.left =
            error.left.into_iter().map(|Left { path, message }| LeftView { path, detail: message }).collect();
        problem
    }
}

impl From<LockError> for Problem {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held(holder) => Self::held(holder),
            LockError::Lost { reason } => Self::new(ProblemKind::LeaseLost, reason),
            LockError::Failed(error) => error.into(),
        }
    }
}
