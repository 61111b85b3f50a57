//! Errors of AppendObject.

use http::{HeaderName, StatusCode};

use super::Failure;

pub(crate) const NEXT_POSITION: HeaderName = HeaderName::from_static("x-oss-next-append-position");

impl Failure {
    /// The position is not the object's length; the header says what the length is.
    pub(crate) fn position_not_length(length: u64) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "PositionNotEqualToLength",
            "Position is not equal to file length",
            "0026-00000016",
        )
        .header(NEXT_POSITION, length)
    }

    pub(crate) fn not_appendable() -> Self {
        Self::new(StatusCode::CONFLICT, "ObjectNotAppendable", "The object is not appendable", "0026-00000017")
    }

    pub(crate) fn position_missing() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MissingArgument", "Missing Some Required Arguments.", "0016-00000501")
            .field("ArgumentName", "position")
    }

    pub(crate) fn position_invalid(value: &str) -> Self {
        Self::argument("The position must be a non-negative integer.", "0016-00000502", "position", value)
    }

    pub(crate) fn seal() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "OperationNotSupported", "SealAppendable is not supported.", "0016-00000513")
    }

    pub(crate) fn append_class(class: &str) -> Self {
        Self::argument(
            "An appendable object cannot have this storage class.",
            "0016-00000503",
            "x-oss-storage-class",
            class,
        )
    }

    pub(crate) fn append_version(version: &str) -> Self {
        Self::argument("AppendObject takes no versionId.", "0016-00000504", "versionId", version)
    }
}
