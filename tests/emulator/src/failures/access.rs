//! Errors of signatures, keys, tokens, addressing and permission.

use http::StatusCode;

use super::Failure;

/// `403 AccessDenied` with a message of its own.
fn denied(message: &'static str, ec: &'static str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "AccessDenied", message, ec)
}

/// `400 InvalidArgument` about the signature.
fn malformed(message: &'static str, ec: &'static str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "InvalidArgument", message, ec)
}

impl Failure {
    pub(crate) fn anonymous() -> Self {
        denied("Anonymous access is forbidden for this operation.", "0003-00000001")
    }

    /// Neither the bucket's ACL nor the object's lets the sender do it.
    pub(crate) fn no_right() -> Self {
        denied("You have no right to access this object because of bucket acl.", "0003-00000001")
    }

    /// The policy of a session does not allow what is asked for. (ali-oss' `should delete multi objects using STS`; no page
    /// names an EC.)
    pub(crate) fn authorizer() -> Self {
        denied("Access denied by authorizer's policy.", "")
    }

    /// The requester pays, and nobody can be charged. The messages of these two are the emulator's.
    pub(crate) fn payer_anonymous() -> Self {
        denied("Anonymous access is forbidden where the requester pays.", "0003-00000701")
    }

    /// The requester pays, and did not say so.
    pub(crate) fn payer_missing(presigned: bool) -> Self {
        let ec = if presigned { "0003-00000702" } else { "0003-00000703" };
        denied("The requester pays, so x-oss-request-payer must be requester.", ec)
    }

    pub(crate) fn public_acl_blocked() -> Self {
        denied("Put public bucket acl is not allowed", "")
    }

    pub(crate) fn not_owner() -> Self {
        denied("The bucket you access does not belong to you.", "0003-00000001")
    }

    /// The bucket lives in another region; the document names the endpoint to use.
    pub(crate) fn wrong_endpoint(bucket: &str, endpoint: &str) -> Self {
        denied(
            "The bucket you are attempting to access must be addressed using the specified endpoint. \
             Please send all future requests to this endpoint.",
            "0003-00001403",
        )
        .field("Bucket", bucket)
        .field("Endpoint", endpoint)
    }

    pub(crate) fn second_level_domain() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "SecondLevelDomainForbidden",
            "Please use virtual hosted style to access.",
            "0016-00000702",
        )
    }

    /// OSS documentation: notice on access to mainland buckets through the public endpoint, 2025-03-20.
    pub(crate) fn public_endpoint() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "PublicEndpointForbidden",
            "Not allowed using the OSS public endpoint, please use CNAME instead.",
            "0048-00000401",
        )
    }

    pub(crate) fn two_signatures() -> Self {
        // No page names its EC.
        malformed("Only one way of authentication may be used: header or query string.", "")
    }

    pub(crate) fn authorization_malformed() -> Self {
        malformed("Authorization header is invalid.", "")
    }

    pub(crate) fn authorization_unsupported() -> Self {
        malformed("Unsupported authorization type.", "")
    }

    pub(crate) fn date_missing() -> Self {
        denied("OSS authentication requires a valid Date.", "0002-00000503")
    }

    pub(crate) fn date_invalid() -> Self {
        denied("OSS authentication requires a valid Date.", "0002-00000502")
    }

    pub(crate) fn skewed(request_time: &str, server_time: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "0002-00000504",
        )
        .field("MaxAllowedSkewMilliseconds", "900000")
        .field("RequestTime", request_time)
        .field("ServerTime", server_time)
    }

    pub(crate) fn unknown_key(id: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            "The OSS Access Key Id you provided does not exist in our records.",
            "0002-00000902",
        )
        .field("OSSAccessKeyId", id)
    }

    pub(crate) fn token_invalid() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "InvalidSecurityToken",
            "The security token you provided is invalid.",
            "0002-00000006",
        )
    }

    pub(crate) fn token_expired() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "SecurityTokenExpired",
            "The security token you provided has expired.",
            "0002-00000007",
        )
    }

    pub(crate) fn token_of_another_key() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "AccessKeyIdAndSecurityTokenNotMatch",
            "The access key id and the security token do not match.",
            "0002-00000807",
        )
    }

    /// The document shows what the server signed, so that a client's author can find the difference.
    pub(crate) fn signature(ec: &'static str, id: &str, provided: &str, string_to_sign: &str) -> Self {
        let bytes: Vec<String> = string_to_sign.bytes().map(|byte| format!("{byte:02X}")).collect();
        Self::new(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing \
             method.",
            ec,
        )
        .field("OSSAccessKeyId", id)
        .field("SignatureProvided", provided)
        .field("StringToSign", string_to_sign)
        .field("StringToSignBytes", bytes.join(" "))
    }

    pub(crate) fn v1_signature_empty() -> Self {
        malformed("The signature must not be empty.", "0002-00000065")
    }

    pub(crate) fn v2_header(ec: &'static str) -> Self {
        malformed("Authorization header is invalid.", ec)
    }

    pub(crate) fn v2_url(ec: &'static str) -> Self {
        malformed("Query-string authentication requires x-oss-access-key-id, x-oss-expires and x-oss-signature.", ec)
    }

    pub(crate) fn v2_additional_absent(ec: &'static str, name: &str) -> Self {
        malformed("A header listed in AdditionalHeaders is not in the request.", ec)
            .field("ArgumentName", "AdditionalHeaders")
            .field("ArgumentValue", name)
    }

    pub(crate) fn v1_query_incomplete() -> Self {
        denied(
            "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
            "0002-00000067",
        )
    }

    pub(crate) fn v1_expires_empty() -> Self {
        denied("Query-string authentication requires the Expires parameter.", "0002-00000068")
    }

    pub(crate) fn v1_expires_malformed() -> Self {
        denied("Invalid date (should be seconds since epoch).", "0002-00000070")
    }

    pub(crate) fn v1_expired(expires: &str, server_time: &str) -> Self {
        denied("Request has expired.", "0002-00000069").field("Expires", expires).field("ServerTime", server_time)
    }

    /// (OSS documentation: EC 0002-00000213 of the header, EC 0002-00000224 of the URL.)
    pub(crate) fn v4_credential(presigned: bool) -> Self {
        malformed(
            "Invalid Credential: it must be AccessKeyId/date/region/oss/aliyun_v4_request.",
            if presigned { "0002-00000224" } else { "0002-00000213" },
        )
    }

    pub(crate) fn v4_additional_empty() -> Self {
        malformed("AdditionalHeaders must not be empty when it is present.", "0002-00000209")
    }

    pub(crate) fn v4_additional_absent(name: &str) -> Self {
        malformed("A header listed in AdditionalHeaders is not in the request.", "0002-00000210")
            .field("ArgumentName", "AdditionalHeaders")
            .field("ArgumentValue", name)
    }

    pub(crate) fn v4_date(presigned: bool) -> Self {
        malformed(
            "Invalid signing date: it must be YYYYMMDD and that of x-oss-date.",
            if presigned { "0002-00000223" } else { "0002-00000212" },
        )
    }

    /// The page of EC 0002-00000226 shows it of a URL, but the service answers it to a header: oss2's
    /// `test_exception_ec`, and answers quoted in the trackers of Go v2 (29, 85). That of the URL is EC 0002-00000228.
    pub(crate) fn v4_region(presigned: bool, region: &str) -> Self {
        let failure = if presigned {
            malformed("The signing region in credential is invalid.", "0002-00000228")
        } else {
            malformed("Invalid signing region in Authorization header.", "0002-00000226")
        };
        failure.field("Region", region)
    }

    /// Of a header: Java's `ErrorTest`, and an answer quoted in the tracker of Python v2 (74).
    pub(crate) fn v4_product(presigned: bool) -> Self {
        if presigned {
            malformed("The signing product in credential is invalid.", "0002-00000229")
        } else {
            malformed("Invalid signing product in Authorization header.", "0002-00000227")
        }
    }

    pub(crate) fn v4_signature_missing() -> Self {
        malformed("The signature is missing.", "0002-00000219")
    }

    pub(crate) fn v4_signature_blank() -> Self {
        malformed("The signature is blank.", "0002-00000220")
    }

    pub(crate) fn v4_payload() -> Self {
        malformed("Invalid x-oss-content-sha256: only UNSIGNED-PAYLOAD is supported.", "0002-00000214")
    }

    pub(crate) fn v4_expires_missing() -> Self {
        malformed("x-oss-expires is missing.", "0002-00000215")
    }

    pub(crate) fn v4_expires_range() -> Self {
        malformed("Invalid x-oss-expires: it must be from 1 to 604800 seconds.", "0002-00000232")
    }

    pub(crate) fn v4_not_yet() -> Self {
        denied("The signed URL is not valid yet.", "0002-00000235")
    }

    pub(crate) fn v4_expired(expires: &str, server_time: &str) -> Self {
        denied("Request has expired.", "0002-00000069").field("Expires", expires).field("ServerTime", server_time)
    }
}
