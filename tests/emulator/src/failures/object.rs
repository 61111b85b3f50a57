//! Errors of objects.

use http::{HeaderName, StatusCode};

use super::Failure;
use crate::names::BadKey;

const DELETE_MARKER: HeaderName = HeaderName::from_static("x-oss-delete-marker");
const VERSION_ID: HeaderName = HeaderName::from_static("x-oss-version-id");

impl Failure {
    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.", "0026-00000001")
            .field("Key", key)
    }

    /// The current version is a delete marker.
    pub(crate) fn deleted(key: &str, version: &str) -> Self {
        Self::no_such_key(key).header(DELETE_MARKER, "true").header(VERSION_ID, version)
    }

    /// The version asked for by its id is a delete marker.
    pub(crate) fn marker(method: &str, version: &str) -> Self {
        Self::method(method, "DeleteMarker", "DELETE").header(DELETE_MARKER, "true").header(VERSION_ID, version)
    }

    pub(crate) fn no_such_version(key: &str, version: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchVersion", "The specified version does not exist.", "0026-00000005")
            .field("Key", key)
            .field("VersionId", version)
    }

    pub(crate) fn version_id(value: &str) -> Self {
        Self::argument("Invalid version id specified", "0017-00000222", "versionId", value)
    }

    pub(crate) fn key(bad: BadKey, key: &str) -> Self {
        let ec = match bad {
            BadKey::Empty => "0016-00000001",
            BadKey::TooLong => "0016-00000003",
            BadKey::LeadingSlash => "0016-00000005",
        };
        Self::invalid_key(ec, key)
    }

    pub(crate) fn key_not_utf8() -> Self {
        Self::invalid_key("0016-00000002", "")
    }

    fn invalid_key(ec: &'static str, key: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidObjectName", "The specified object is not valid.", ec)
            .field("ObjectName", key)
    }

    pub(crate) fn already_exists(ec: &'static str, key: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "FileAlreadyExists",
            "The object you specified already exists and can not be overwritten.",
            ec,
        )
        .field("Key", key)
    }

    pub(crate) fn forbid_overwrite(value: &str) -> Self {
        Self::argument(
            "x-oss-forbid-overwrite must be true or false.",
            "0017-00000279",
            "x-oss-forbid-overwrite",
            value,
        )
    }

    pub(crate) fn precondition(condition: &str) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold.",
            "0017-00001001",
        )
        .field("Condition", condition)
    }

    pub(crate) fn not_modified() -> Self {
        Self::new(StatusCode::NOT_MODIFIED, "NotModified", "Not Modified", "0017-00001002")
    }

    pub(crate) fn range(range: &str, size: u64) -> Self {
        Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The requested range cannot be satisfied",
            "0017-00000208",
        )
        .field("ActualObjectSize", size.to_string())
        .field("RangeRequested", range)
        .header(http::header::CONTENT_RANGE, format!("bytes */{size}"))
    }

    pub(crate) fn metadata_name(name: &str) -> Self {
        Self::argument("The metadata name is not valid.", "0017-00000232", name, "")
    }

    pub(crate) fn metadata_size() -> Self {
        Self::argument("The metadata exceeds 8 KB.", "0017-00000233", "x-oss-meta-", "")
    }

    pub(crate) fn tag(ec: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidTag", message, ec)
    }

    pub(crate) fn storage_state(key: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "InvalidObjectState",
            "The operation is not valid for the object's state",
            "0026-00000008",
        )
        .field("ObjectName", key)
    }

    /// The object is stored all the same: only the callback failed, hence the status 203.
    pub(crate) fn callback(message: String) -> Self {
        Self::new(StatusCode::NON_AUTHORITATIVE_INFORMATION, "CallbackFailed", message, "0007-00000203")
    }
}
