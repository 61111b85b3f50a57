//! The operations of the OSS API.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ops;

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// An operation, by OSS's own name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each name is the operation's name in the OSS documentation")]
        pub enum Operation { $($name),* }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Operation] = &[$(Operation::$name),*];

            /// The operation's name in the OSS documentation.
            pub fn name(self) -> &'static str {
                match self { $(Operation::$name => stringify!($name)),* }
            }
        }
    };
}

operations!(
    ListBuckets,
    PutBucket,
    DeleteBucket,
    GetBucketInfo,
    GetBucketLocation,
    GetBucketVersioning,
    PutBucketVersioning,
    GetBucketAcl,
    PutBucketAcl,
    GetBucketStat,
    GetBucketTags,
    PutBucketTags,
    DeleteBucketTags,
    GetBucketCors,
    PutBucketCors,
    DeleteBucketCors,
    OptionObject,
    GetBucketLifecycle,
    PutBucketLifecycle,
    DeleteBucketLifecycle,
    GetBucketPolicy,
    GetBucketPolicyStatus,
    PutBucketPolicy,
    DeleteBucketPolicy,
    GetBucketWebsite,
    PutBucketWebsite,
    DeleteBucketWebsite,
    GetBucketReferer,
    PutBucketReferer,
    GetBucketLogging,
    PutBucketLogging,
    DeleteBucketLogging,
    GetUserDefinedLogFieldsConfig,
    PutUserDefinedLogFieldsConfig,
    DeleteUserDefinedLogFieldsConfig,
    GetBucketEncryption,
    PutBucketEncryption,
    DeleteBucketEncryption,
    GetBucketRequestPayment,
    PutBucketRequestPayment,
    GetBucketPublicAccessBlock,
    PutBucketPublicAccessBlock,
    DeleteBucketPublicAccessBlock,
    GetPublicAccessBlock,
    PutPublicAccessBlock,
    DeletePublicAccessBlock,
    GetBucketAccessMonitor,
    PutBucketAccessMonitor,
    GetBucketTransferAcceleration,
    PutBucketTransferAcceleration,
    DeleteBucketTransferAcceleration,
    GetBucketArchiveDirectRead,
    PutBucketArchiveDirectRead,
    GetBucketHttpsConfig,
    PutBucketHttpsConfig,
    GetBucketResourceGroup,
    PutBucketResourceGroup,
    GetBucketOverwriteConfig,
    PutBucketOverwriteConfig,
    DeleteBucketOverwriteConfig,
    GetBucketObjectWormConfiguration,
    PutBucketObjectWormConfiguration,
    CreateCnameToken,
    GetCnameToken,
    PutCname,
    ListCname,
    DeleteCname,
    CreateBucketDataRedundancyTransition,
    GetBucketDataRedundancyTransition,
    ListBucketDataRedundancyTransition,
    ListUserDataRedundancyTransition,
    DeleteBucketDataRedundancyTransition,
    CreateAccessPoint,
    GetAccessPoint,
    ListAccessPoints,
    DeleteAccessPoint,
    GetAccessPointPolicy,
    PutAccessPointPolicy,
    DeleteAccessPointPolicy,
    GetAccessPointPublicAccessBlock,
    PutAccessPointPublicAccessBlock,
    DeleteAccessPointPublicAccessBlock,
    ListCloudBoxes,
    GetBucketQoSInfo,
    PutBucketQoSInfo,
    DeleteBucketQoSInfo,
    GetUserQoSInfo,
    GetBucketStorageCapacity,
    PutBucketStorageCapacity,
    GetBucketResponseHeader,
    PutBucketResponseHeader,
    DeleteBucketResponseHeader,
    GetBucketCallbackPolicy,
    PutBucketCallbackPolicy,
    DeleteBucketCallbackPolicy,
    GetStyle,
    PutStyle,
    ListStyle,
    DeleteStyle,
    GetBucketInventory,
    PutBucketInventory,
    ListBucketInventory,
    DeleteBucketInventory,
    InitiateBucketWorm,
    CompleteBucketWorm,
    ExtendBucketWorm,
    GetBucketWorm,
    AbortBucketWorm,
    PutBucketReplication,
    GetBucketReplication,
    DeleteBucketReplication,
    GetBucketReplicationLocation,
    GetBucketReplicationProgress,
    PutBucketRTC,
    DescribeRegions,
    ListLiveChannel,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    DeleteMultipleObjects,
    PutObject,
    GetObject,
    HeadObject,
    GetObjectMeta,
    DeleteObject,
    CopyObject,
    AppendObject,
    SealAppendObject,
    GetObjectAcl,
    PutObjectAcl,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    PostObject,
    PutSymlink,
    GetSymlink,
    RestoreObject,
    CleanRestoredObject,
    GetObjectRetention,
    PutObjectRetention,
    GetObjectLegalHold,
    PutObjectLegalHold,
    InitiateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
    // The metadata service of an ECS instance, whose requests have no names of their own.
    PutMetadataToken,
    GetInstanceRole,
    GetRoleCredentials,
    // STS.
    AssumeRole,
    AssumeRoleWithOIDC,
    // A request for something of OSS that the emulator does not have.
    Unsupported,
    // A request whose method does not fit its resource.
    Unknown,
);

impl Operation {
    /// Whether the operation works on the bucket itself, not on its objects.
    pub(crate) fn manages_bucket(self) -> bool {
        matches!(
            self,
            Self::ListBuckets
                | Self::PutBucket
                | Self::DeleteBucket
                | Self::GetBucketInfo
                | Self::GetBucketLocation
                | Self::GetBucketVersioning
                | Self::PutBucketVersioning
                | Self::GetBucketAcl
                | Self::PutBucketAcl
                | Self::GetBucketStat
                | Self::GetBucketPolicyStatus
                | Self::PutBucketRTC
                | Self::CreateCnameToken
                | Self::GetCnameToken
                | Self::PutCname
                | Self::ListCname
                | Self::DeleteCname
                | Self::CreateBucketDataRedundancyTransition
                | Self::GetBucketDataRedundancyTransition
                | Self::ListBucketDataRedundancyTransition
                | Self::DeleteBucketDataRedundancyTransition
                | Self::CreateAccessPoint
                | Self::GetAccessPoint
                | Self::ListAccessPoints
                | Self::DeleteAccessPoint
                | Self::GetAccessPointPolicy
                | Self::PutAccessPointPolicy
                | Self::DeleteAccessPointPolicy
                | Self::GetAccessPointPublicAccessBlock
                | Self::PutAccessPointPublicAccessBlock
                | Self::DeleteAccessPointPublicAccessBlock
                | Self::GetStyle
                | Self::PutStyle
                | Self::ListStyle
                | Self::DeleteStyle
                | Self::GetBucketInventory
                | Self::PutBucketInventory
                | Self::ListBucketInventory
                | Self::DeleteBucketInventory
                | Self::InitiateBucketWorm
                | Self::CompleteBucketWorm
                | Self::ExtendBucketWorm
                | Self::GetBucketWorm
                | Self::AbortBucketWorm
                | Self::PutBucketReplication
                | Self::GetBucketReplication
                | Self::DeleteBucketReplication
                | Self::GetBucketReplicationLocation
                | Self::GetBucketReplicationProgress
        ) || ops::is_setting(self)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no operation's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no OSS operation is named {0:?}")]
pub struct UnknownOperation(String);

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|known| known.name() == text).ok_or_else(|| UnknownOperation(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for operation in Operation::ALL {
            assert_eq!(operation.name().parse(), Ok(*operation));
        }
        assert!("PutObjekt".parse::<Operation>().is_err());
    }
}
