//! Errors of multipart uploads.

use http::StatusCode;

use super::Failure;

impl Failure {
    pub(crate) fn no_such_upload(ec: &'static str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
             completed.",
            ec,
        )
        .field("UploadId", id)
    }

    pub(crate) fn part_number(value: &str) -> Self {
        Self::argument(
            "Part number must be an integer between 1 and 10000, inclusive.",
            "0017-00000220",
            "partNumber",
            value,
        )
    }

    pub(crate) fn part_order() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts list must specified in order by part number.",
            "0042-00000209",
        )
    }

    pub(crate) fn part_invalid(number: u32, etag: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidPart",
            "One or more of the specified parts could not be found or the specified entity tag might not have matched \
             the part's entity tag.",
            "0042-00000210",
        )
        .field("PartNumber", number.to_string())
        .field("ETag", etag)
    }

    pub(crate) fn part_not_sequential(number: u32) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "PartNotSequential",
            "For sequential multipart upload, you must upload or complete parts with sequential part number.",
            "0042-00000111",
        )
        .field("PartNumber", number.to_string())
    }

    pub(crate) fn part_too_small(number: u32, size: u64) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "EntityTooSmall",
            "Your proposed upload smaller than the minimum allowed size.",
            "0042-00000213",
        )
        .field("MinSizeAllowed", "102400")
        .field("PartNumber", number.to_string())
        .field("ProposedSize", size.to_string())
    }

    pub(crate) fn complete_malformed() -> Self {
        Self::malformed_xml("The XML you provided was not well-formed or did not validate.", "0042-00000205")
    }

    pub(crate) fn complete_all_with_body() -> Self {
        Self::argument(
            // The spelling is the service's.
            "Should not speficy both complete all header and http body.",
            "0042-00000216",
            "x-oss-complete-all",
            "yes",
        )
    }

    pub(crate) fn encryption_on_part() -> Self {
        Self::argument(
            "x-oss-server-side-encryption is not allowed here.",
            "0017-00000402",
            "x-oss-server-side-encryption",
            "",
        )
    }
}
