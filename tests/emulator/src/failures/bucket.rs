//! Errors of buckets.

use http::StatusCode;

use super::Failure;

impl Failure {
    pub(crate) fn no_such_bucket(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist.", "0015-00000101")
            .field("BucketName", name)
    }

    pub(crate) fn bucket_name(name: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidBucketName", "The specified bucket is not valid.", "0015-00000001")
            .field("BucketName", name)
    }

    pub(crate) fn bucket_exists(name: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
             Please select a different name and try again.",
            "0015-00000104",
        )
        .field("BucketName", name)
    }

    /// A bucket is made in the region of the endpoint.
    pub(crate) fn location_constraint(location: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            "",
        )
        .field("LocationConstraint", location)
    }

    pub(crate) fn bucket_not_empty(name: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty.",
            "0015-00000301",
        )
        .field("BucketName", name)
    }
}
