//! Which operation a request asks for.

use http::{HeaderMap, Method};

use crate::operation::Operation;
use crate::ops;
use crate::query::Query;

/// Sub-resources that name an operation the emulator does not have. A request with one of them must never pass for the
/// plain operation on the same path.
const UNSUPPORTED: &[&str] = &[
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicyForObjectProcess",
    "asyncFetch",
    "group",
    "img",
    "link",
    "metaQuery",
    "objectInfo",
    "processConf",
    "requesterQosInfo",
    "resourcePool",
    "select",
    "status",
    "udf",
    "vod",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-write-get-object-response",
];

/// Parameters that may come without a value and name no sub-resource: they say how a listing or a write is done.
const MODIFIERS: &[&str] = &[
    "allow-same-action-overlap",
    "callback",
    "callback-var",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "regionList",
    "security-token",
    "start-after",
    // No sub-resource where something is deleted. (oss2's `test_put_symlink_with_version`.)
    "symlink",
    "tag-key",
    "tag-value",
    "tagging",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
];

/// Sub-resources of a bucket whose documents have names or states of their own.
const STATEFUL: &[&str] = &[
    "inventory",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "style",
    "worm",
    "wormExtend",
    "wormId",
];

impl Operation {
    /// Tells the operation from the method, the resource and the sub-resources.
    ///
    /// OSS gains sub-resources every year, and each is an operation of its own. What is done by the path alone is
    /// therefore done only where no unknown one is named; reads of objects are the exception, because browsers put all
    /// manner of things behind the question mark.
    pub(crate) fn of(method: &Method, bucket: bool, key: bool, query: &Query, headers: &HeaderMap) -> Self {
        if query.pairs().iter().any(|(name, _)| UNSUPPORTED.contains(&name.as_str())) {
            return Self::Unsupported;
        }
        let operation = match (bucket, key) {
            (false, _) => Self::of_service(method, query),
            (true, _) if *method == Method::OPTIONS => Self::OptionObject,
            (true, false) => Self::of_part(method, query, headers).unwrap_or_else(|| Self::of_bucket(method, query)),
            (true, true) => Self::of_object(method, query, headers.contains_key("x-oss-copy-source")),
        };
        let names_another = || {
            query.pairs().iter().any(|(name, value)| {
                // `comp` says in its value which operation it is.
                (name == "comp" || value.as_deref().is_none_or(str::is_empty))
                    && !MODIFIERS.contains(&name.as_str())
                    && !name.starts_with("x-oss-")
            })
        };
        if operation.is_plain() && names_another() { Self::Unsupported } else { operation }
    }

    /// Whether the path alone, without a sub-resource, asks for the operation.
    fn is_plain(self) -> bool {
        matches!(
            self,
            Self::ListBuckets
                | Self::PutBucket
                | Self::DeleteBucket
                | Self::ListObjects
                | Self::ListObjectsV2
                | Self::PostObject
                | Self::PutObject
                | Self::CopyObject
                | Self::DeleteObject
        )
    }

    /// Whether the operation makes the bucket it names, if there is none.
    pub(crate) fn makes_bucket(self) -> bool {
        matches!(self, Self::PutBucket | Self::PutBucketAcl)
    }

    fn of_service(method: &Method, query: &Query) -> Self {
        match method.as_str() {
            "GET" if query.has("publicAccessBlock") => Self::GetPublicAccessBlock,
            "PUT" if query.has("publicAccessBlock") => Self::PutPublicAccessBlock,
            "DELETE" if query.has("publicAccessBlock") => Self::DeletePublicAccessBlock,
            "GET" if query.has("regions") => Self::DescribeRegions,
            "GET" if query.has("redundancyTransition") => Self::ListUserDataRedundancyTransition,
            "GET" if query.has("accessPoint") => Self::ListAccessPoints,
            "GET" if query.has("qosInfo") => Self::GetUserQoSInfo,
            "GET" if query.has("cloudboxes") => Self::ListCloudBoxes,
            "GET" => Self::ListBuckets,
            _ => Self::Unknown,
        }
    }

    /// Operations on what belongs to a bucket and has a name of its own: domains, access points, tasks, and how fast a rule replicates.
    fn of_part(method: &Method, query: &Query, headers: &HeaderMap) -> Option<Self> {
        let comp = query.get("comp");
        let blocks_point = query.has("publicAccessBlock") && query.has(ops::ACCESS_POINT_NAME);
        let task = query.has("x-oss-redundancy-transition-taskid");
        Some(match method.as_str() {
            "PUT" if query.has("rtc") => Self::PutBucketRTC,
            "GET" if query.has("cname") && comp == Some("token") => Self::GetCnameToken,
            "GET" if query.has("cname") => Self::ListCname,
            "POST" if query.has("cname") => match comp {
                Some("token") => Self::CreateCnameToken,
                Some("add") => Self::PutCname,
                Some("delete") => Self::DeleteCname,
                _ => Self::Unknown,
            },
            "POST" if query.has("redundancyTransition") => Self::CreateBucketDataRedundancyTransition,
            "GET" if query.has("redundancyTransition") && task => Self::GetBucketDataRedundancyTransition,
            "GET" if query.has("redundancyTransition") => Self::ListBucketDataRedundancyTransition,
            "DELETE" if query.has("redundancyTransition") => Self::DeleteBucketDataRedundancyTransition,
            "PUT" if query.has("accessPoint") => Self::CreateAccessPoint,
            "GET" if query.has("accessPoint") && headers.contains_key(ops::ACCESS_POINT_NAME) => Self::GetAccessPoint,
            "GET" if query.has("accessPoint") => Self::ListAccessPoints,
            "DELETE" if query.has("accessPoint") => Self::DeleteAccessPoint,
            "GET" if query.has("accessPointPolicy") => Self::GetAccessPointPolicy,
            "PUT" if query.has("accessPointPolicy") => Self::PutAccessPointPolicy,
            "DELETE" if query.has("accessPointPolicy") => Self::DeleteAccessPointPolicy,
            "GET" if blocks_point => Self::GetAccessPointPublicAccessBlock,
            "PUT" if blocks_point => Self::PutAccessPointPublicAccessBlock,
            "DELETE" if blocks_point => Self::DeleteAccessPointPublicAccessBlock,
            _ => return None,
        })
    }

    fn of_bucket(method: &Method, query: &Query) -> Self {
        if STATEFUL.iter().any(|name| query.has(name)) {
            return Self::of_state(method, query);
        }
        // `comp` says which part of a sub-resource is meant.
        let setting = match query.get("comp") {
            None => query.pairs().iter().find_map(|(name, _)| ops::setting(name)),
            Some("callback") if query.has("policy") => ops::setting("policy/callback"),
            Some(_) => return Self::Unsupported,
        };
        if let Some(setting) = setting {
            return match method.as_str() {
                "GET" => setting.get,
                "PUT" => setting.put,
                "DELETE" => setting.delete.unwrap_or(Self::Unknown),
                _ => Self::Unknown,
            };
        }
        match method.as_str() {
            "GET" if query.has("bucketInfo") => Self::GetBucketInfo,
            "GET" if query.has("location") => Self::GetBucketLocation,
            "GET" if query.has("versioning") => Self::GetBucketVersioning,
            "GET" if query.has("versions") => Self::ListObjectVersions,
            "GET" if query.has("uploads") => Self::ListMultipartUploads,
            "GET" if query.has("acl") => Self::GetBucketAcl,
            "GET" if query.has("stat") => Self::GetBucketStat,
            "GET" if query.has("policyStatus") => Self::GetBucketPolicyStatus,
            "GET" if query.has("live") => Self::ListLiveChannel,
            "GET" if query.has("list-type") => Self::ListObjectsV2,
            "GET" => Self::ListObjects,
            "PUT" if query.has("versioning") => Self::PutBucketVersioning,
            "PUT" if query.has("acl") => Self::PutBucketAcl,
            "PUT" => Self::PutBucket,
            "POST" if query.has("delete") => Self::DeleteMultipleObjects,
            // The key of a form upload is in the form.
            "POST" => Self::PostObject,
            "DELETE" => Self::DeleteBucket,
            _ => Self::Unknown,
        }
    }

    fn of_state(method: &Method, query: &Query) -> Self {
        let component = query.get("comp").unwrap_or("");
        match method.as_str() {
            "GET" if query.has("styleName") => Self::GetStyle,
            "GET" if query.has("style") => Self::ListStyle,
            "PUT" if query.has("style") => Self::PutStyle,
            "DELETE" if query.has("style") => Self::DeleteStyle,
            "GET" if query.has("inventoryId") => Self::GetBucketInventory,
            "GET" if query.has("inventory") => Self::ListBucketInventory,
            "PUT" if query.has("inventory") => Self::PutBucketInventory,
            "DELETE" if query.has("inventory") => Self::DeleteBucketInventory,
            "POST" if query.has("worm") => Self::InitiateBucketWorm,
            "POST" if query.has("wormId") && query.has("wormExtend") => Self::ExtendBucketWorm,
            "POST" if query.has("wormId") => Self::CompleteBucketWorm,
            "GET" if query.has("worm") => Self::GetBucketWorm,
            "DELETE" if query.has("worm") => Self::AbortBucketWorm,
            "POST" if component == "add" => Self::PutBucketReplication,
            "POST" if component == "delete" => Self::DeleteBucketReplication,
            "GET" if query.has("replication") => Self::GetBucketReplication,
            "GET" if query.has("replicationLocation") => Self::GetBucketReplicationLocation,
            "GET" if query.has("replicationProgress") => Self::GetBucketReplicationProgress,
            _ => Self::Unknown,
        }
    }

    fn of_object(method: &Method, query: &Query, copy_source: bool) -> Self {
        let part = query.has("partNumber") || query.has("uploadId");
        match method.as_str() {
            "GET" if query.has("uploadId") => Self::ListParts,
            "GET" if query.has("acl") => Self::GetObjectAcl,
            "GET" if query.has("tagging") => Self::GetObjectTagging,
            "GET" if query.has("objectMeta") => Self::GetObjectMeta,
            "GET" if query.has("symlink") => Self::GetSymlink,
            "GET" if query.has("retention") => Self::GetObjectRetention,
            "GET" if query.has("legalHold") => Self::GetObjectLegalHold,
            // A playlist of a live channel, and the like.
            "GET" | "PUT" | "POST" | "DELETE" | "HEAD" if query.has("live") => Self::Unsupported,
            "GET" => Self::GetObject,
            "HEAD" if query.has("objectMeta") => Self::GetObjectMeta,
            "HEAD" => Self::HeadObject,
            "PUT" if part && copy_source => Self::UploadPartCopy,
            "PUT" if part => Self::UploadPart,
            "PUT" if query.has("acl") => Self::PutObjectAcl,
            "PUT" if query.has("symlink") => Self::PutSymlink,
            "PUT" if query.has("tagging") => Self::PutObjectTagging,
            "PUT" if query.has("retention") => Self::PutObjectRetention,
            "PUT" if query.has("legalHold") => Self::PutObjectLegalHold,
            "PUT" if copy_source => Self::CopyObject,
            "PUT" => Self::PutObject,
            "POST" if query.has("append") => Self::AppendObject,
            "POST" if query.has("seal") => Self::SealAppendObject,
            "POST" if query.has("restore") => Self::RestoreObject,
            "POST" if query.has("cleanRestoredObject") => Self::CleanRestoredObject,
            "POST" if query.has("uploads") => Self::InitiateMultipartUpload,
            "POST" if query.has("uploadId") => Self::CompleteMultipartUpload,
            "DELETE" if query.has("uploadId") => Self::AbortMultipartUpload,
            "DELETE" if query.has("tagging") => Self::DeleteObjectTagging,
            "DELETE" => Self::DeleteObject,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: Method, key: bool, query: &str) -> Operation {
        Operation::of(&method, true, key, &Query::parse(query).expect("valid"), &HeaderMap::new())
    }

    #[test]
    fn sub_resources_choose_the_operation() {
        assert_eq!(of(Method::GET, false, "list-type=2"), Operation::ListObjectsV2);
        assert_eq!(of(Method::GET, false, "prefix=a"), Operation::ListObjects);
        assert_eq!(of(Method::POST, true, "append&position=0"), Operation::AppendObject);
        assert_eq!(of(Method::PUT, true, "partNumber=1&uploadId=U"), Operation::UploadPart);
        assert_eq!(of(Method::HEAD, true, "objectMeta"), Operation::GetObjectMeta);
    }

    #[test]
    fn what_the_emulator_lacks_never_passes_for_something_else() {
        assert_eq!(of(Method::POST, false, "policy&comp=other"), Operation::Unsupported);
        assert_eq!(of(Method::PUT, false, "policy&comp=other"), Operation::Unsupported);
        assert_eq!(of(Method::PUT, false, "replication"), Operation::Unknown);
        assert_eq!(of(Method::GET, true, "x-oss-process=image/info"), Operation::Unsupported);
        assert_eq!(of(Method::GET, true, "live"), Operation::Unsupported);
        assert_eq!(of(Method::PATCH, true, ""), Operation::Unknown);
        // 5: nor does what nobody here has heard of.
        for query in ["newfeature", "newfeature=", "newFeature&encoding-type=url"] {
            for method in [Method::PUT, Method::GET, Method::DELETE] {
                assert_eq!(of(method.clone(), false, query), Operation::Unsupported, "{method} ?{query}");
            }
            assert_eq!(of(Method::PUT, true, query), Operation::Unsupported, "{query}");
            assert_eq!(of(Method::DELETE, true, query), Operation::Unsupported, "{query}");
        }
        assert_eq!(of(Method::GET, true, "1700000000"), Operation::GetObject);
        assert_eq!(of(Method::DELETE, true, "symlink=&versionId=v"), Operation::DeleteObject);
        assert_eq!(of(Method::GET, false, "prefix=&marker&delimiter="), Operation::ListObjects);
        assert_eq!(of(Method::GET, false, "non-resource=null"), Operation::ListObjects);
    }
}
