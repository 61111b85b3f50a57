//! Why a request failed, as the specification words it.

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::gc::PushError;
use crate::ports::{StorageError, StorageErrorKind};

/// After how many seconds a client should try again what failed because OSS could not serve it: longer than the driver's own
/// retries take, and short enough for a client that waits.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// The codes of the specification, and below them those that distribution adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the specification says what each stands for")]
pub enum ErrorCode {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Unauthorized,
    Denied,
    Unsupported,
    #[serde(rename = "TOOMANYREQUESTS")]
    TooManyRequests,
    RangeInvalid,
    TagInvalid,
    PaginationNumberInvalid,
    Unavailable,
    Unknown,
}

/// One entry of an error body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorEntry {
    /// The code.
    pub code: ErrorCode,
    /// For a person.
    pub message: String,
    /// What it is about; `null` where the message says all.
    pub detail: Value,
}

/// Why a request failed: the response's status, its error body and headers besides.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// The entries of the body.
    pub errors: Vec<ErrorEntry>,
    /// Headers besides those of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status,
            errors: vec![ErrorEntry { code, message: message.into(), detail: Value::Null }],
            headers: Vec::new(),
        }
    }

    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        if let Some(error) = self.errors.first_mut() {
            error.detail = detail;
        }
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn bad_request(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn invalid_digest(text: &str) -> Self {
        let message = "the digest is not sha256 or sha512 with as many lower-case hexadecimal digits";
        Self::bad_request(ErrorCode::DigestInvalid, message).with_detail(text.into())
    }

    pub(crate) fn blob_unknown(digest: &crate::digest::Digest) -> Self {
        let message = "the blob is not in this repository";
        Self::not_found(ErrorCode::BlobUnknown, message).with_detail(digest.to_string().into())
    }

    pub(crate) fn manifest_unknown(reference: impl std::fmt::Display) -> Self {
        let message = "the manifest is not in this repository";
        Self::not_found(ErrorCode::ManifestUnknown, message).with_detail(reference.to_string().into())
    }

    pub(crate) fn upload_unknown() -> Self {
        let message = "there is no such upload: it ended, or was begun too long ago";
        Self::not_found(ErrorCode::BlobUploadUnknown, message)
    }

    pub(crate) fn upload_busy() -> Self {
        let message = "another request for this upload is not over yet";
        Self::new(StatusCode::CONFLICT, ErrorCode::BlobUploadInvalid, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::Unsupported, message)
    }

    pub(crate) fn read_only() -> Self {
        Self::unsupported("this registry is read-only")
    }

    /// For what may succeed if it is sent again later.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
            .with_header(header::RETRY_AFTER, RETRY_AFTER)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        use StorageErrorKind::{
            BrokenContent, Conflict, Corrupt, Denied, Exists, NotFound, Other, Throttled, TooLate, Unavailable,
        };
        match error.kind {
            Throttled => Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyRequests, error.message)
                .with_header(header::RETRY_AFTER, RETRY_AFTER),
            Unavailable | TooLate | Conflict => Self::unavailable(error.message),
            BrokenContent => Self::bad_request(ErrorCode::BlobUploadInvalid, error.message),
            NotFound | Exists | Denied | Corrupt | Other => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, error.message)
            }
        }
    }
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        let message = error.to_string();
        match error {
            PushError::Storage(error) => error.into(),
            PushError::Log(_) | PushError::GivenUp(_) => Self::unavailable(message),
            PushError::Collected { retry_after } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
                    .with_header(header::RETRY_AFTER, retry_after.into())
            }
        }
    }
}
