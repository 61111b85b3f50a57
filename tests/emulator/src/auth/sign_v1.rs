//! Signature version 1: HMAC-SHA1 over the method, four header values and the resource.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::view::RequestView;

/// Which query parameters count as sub-resources. OSS does not publish its list in full and the SDKs disagree on rare
/// names, so the server tries the union of theirs first and then the short list they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubResources {
    /// Every name any official SDK signs.
    Union,
    /// The names every official SDK signs.
    Common,
}

const COMMON: &[&str] = &[
    "acl",
    "bucketInfo",
    "location",
    "stat",
    "delete",
    "append",
    "tagging",
    "objectMeta",
    "uploads",
    "uploadId",
    "partNumber",
    "security-token",
    "position",
    "response-content-type",
    "response-content-language",
    "response-expires",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "restore",
    "callback",
    "callback-var",
    "versions",
    "versioning",
    "versionId",
    "sequential",
    "continuation-token",
    "regionList",
    "cloudboxes",
    "symlink",
    "resourceGroup",
];

const RARE: &[&str] = &[
    "accessPoint",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicy",
    "accessPointPolicyForObjectProcess",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "cleanRestoredObject",
    "cname",
    "comp",
    "cors",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "legalHold",
    "lifecycle",
    "link",
    "live",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectWorm",
    "overwriteConfig",
    "policy",
    "policyStatus",
    "processConf",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "responseHeader",
    "retention",
    "rtc",
    "seal",
    "startTime",
    "status",
    "style",
    "styleName",
    "transferAcceleration",
    "udf",
    "udfApplication",
    "udfApplicationLog",
    "udfImage",
    "udfImageDesc",
    "udfName",
    "userDefinedLogFieldsConfig",
    "vip",
    "vod",
    "vpcip",
    "website",
    "worm",
    "wormExtend",
    "wormId",
];

impl SubResources {
    fn signs(self, name: &str) -> bool {
        COMMON.contains(&name) || (self == Self::Union && (RARE.contains(&name) || name.starts_with("x-oss-")))
    }
}

/// The string to sign. `date` is the `Date` (or `x-oss-date`) header, or `Expires` in a signed URL.
pub fn string_to_sign(request: &RequestView<'_>, date: &str, sub_resources: SubResources) -> String {
    let mut out = String::with_capacity(256);
    let md5 = request.header("content-md5").unwrap_or_default();
    let content_type = request.header("content-type").unwrap_or_default();
    for line in [request.method, &md5, &content_type, date] {
        out.push_str(line);
        out.push('\n');
    }
    for name in request.oss_headers() {
        out.push_str(name);
        out.push(':');
        out.push_str(&request.header(name).unwrap_or_default());
        out.push('\n');
    }
    resource(&mut out, request, sub_resources);
    out
}

/// `/bucket/key?sub=resource`: the key raw, not percent-encoded, and only the sub-resources of the query.
fn resource(out: &mut String, request: &RequestView<'_>, sub_resources: SubResources) {
    out.push('/');
    if let Some(bucket) = request.bucket {
        out.push_str(bucket);
        out.push('/');
        out.push_str(request.key.unwrap_or(""));
    }
    let mut signed: Vec<_> = request.query.pairs().iter().filter(|(name, _)| sub_resources.signs(name)).collect();
    signed.sort_unstable();
    for (index, (name, value)) in signed.into_iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            out.push('=');
            out.push_str(value);
        }
    }
}

/// The signature, in base64.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
