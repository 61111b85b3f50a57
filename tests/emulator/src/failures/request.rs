//! Errors of the request itself: arguments, headers, bodies, methods.

use http::{StatusCode, header};

use super::Failure;

impl Failure {
    pub(crate) fn argument(message: &'static str, ec: &'static str, name: &str, value: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgument", message, ec)
            .field("ArgumentName", name)
            .field("ArgumentValue", value)
    }

    /// A condition where OSS has none. The documentation says 400; some clients of the S3-compatible endpoint saw 501.
    pub(crate) fn header_not_implemented(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented.",
            "0017-00000245",
        )
        .field("Header", name)
    }

    /// An operation of OSS that the emulator does not have.
    pub(crate) fn not_implemented() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NotImplemented", "The operation is not implemented.", "0017-00000246")
    }

    pub(crate) fn method(method: &str, resource: &'static str, allow: &'static str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            "0017-00000101",
        )
        .field("Method", method)
        .field("ResourceType", resource)
        .header(header::ALLOW, allow)
    }

    pub(crate) fn malformed_xml(message: &'static str, ec: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MalformedXML", message, ec)
    }

    pub(crate) fn length_missing() -> Self {
        Self::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
            "0017-00000301",
        )
    }

    /// The body stopped before its announced length.
    pub(crate) fn body_incomplete() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period.",
            "0017-00000302",
        )
    }

    pub(crate) fn too_large(maximum: u64) -> Self {
        Self::argument("Your proposed upload exceeds the maximum allowed size.", "0017-00000304", "Content-Length", "")
            .field("MaxSizeAllowed", maximum.to_string())
    }

    pub(crate) fn digest_malformed(value: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
            "0017-00000502",
        )
        .field("Content-MD5", value)
    }

    pub(crate) fn digest_mismatch(expected: &str, computed: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
            "0017-00000503",
        )
        .field("ClientComputedContentMD5", expected)
        .field("ServerComputedContentMD5", computed)
    }

    pub(crate) fn encoding_type(value: &str) -> Self {
        Self::argument("Invalid Encoding Method specified in Request.", "0017-00000235", "encoding-type", value)
    }

    pub(crate) fn encryption(value: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidEncryptionAlgorithmError",
            "The encryption algorithm specified is not valid.",
            "0017-00000401",
        )
        .field("ArgumentName", "x-oss-server-side-encryption")
        .field("ArgumentValue", value)
    }

    /// KMS has no key of that id.
    pub(crate) fn kms_key(id: &str) -> Self {
        Self::argument(
            "The specified KMS key does not exist.",
            "0005-00000208",
            "x-oss-server-side-encryption-key-id",
            id,
        )
    }

    /// The disk of the emulator, not the client, is at fault.
    pub(crate) fn internal(message: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message, "0017-00000001")
    }
}
