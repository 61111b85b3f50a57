//! Which settings of a bucket there are: each is a document behind a sub-resource of its own.

use http::StatusCode;

use super::{checks, lifecycle, qos, website};
use crate::call::Call;
use crate::failures::Failure;
use crate::operation::Operation;
use crate::store::PUBLIC_ACCESS_BLOCK;
use crate::xml::Element;

/// A setting of a bucket.
pub(crate) struct Setting {
    pub(crate) sub_resource: &'static str,
    pub(crate) get: Operation,
    pub(crate) put: Operation,
    pub(crate) delete: Option<Operation>,
    pub(super) form: Form,
    pub(super) absent: Absent,
}

/// What a document is.
pub(super) enum Form {
    /// XML with that root, and what else is asked of it. The check may complete it.
    Xml { root: &'static str, check: fn(&Call, &mut Element) -> Result<(), Failure> },
    /// A policy.
    Json,
}

/// What is answered where nothing was set.
pub(super) enum Absent {
    /// An error: code, message and EC; the EC is empty where no page names it.
    Error(&'static str, &'static str, &'static str),
    /// This document, without the XML declaration.
    Document(&'static str),
}

impl Absent {
    pub(super) fn failure(code: &'static str, message: &'static str, ec: &'static str) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, code, message, ec)
    }
}

fn anything(_: &Call, _: &mut Element) -> Result<(), Failure> {
    Ok(())
}

/// (OSS documentation: the pages of each operation, *HTTP status code 404*, and the EC pages.)
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        sub_resource: "tagging",
        get: Operation::GetBucketTags,
        put: Operation::PutBucketTags,
        delete: Some(Operation::DeleteBucketTags),
        form: Form::Xml { root: "Tagging", check: checks::tags },
        absent: Absent::Document("<Tagging><TagSet></TagSet></Tagging>"),
    },
    Setting {
        sub_resource: "cors",
        get: Operation::GetBucketCors,
        put: Operation::PutBucketCors,
        delete: Some(Operation::DeleteBucketCors),
        form: Form::Xml { root: "CORSConfiguration", check: checks::cors },
        absent: Absent::Error("NoSuchCORSConfiguration", "The CORS Configuration does not exist.", "0034-00000001"),
    },
    Setting {
        sub_resource: "lifecycle",
        get: Operation::GetBucketLifecycle,
        put: Operation::PutBucketLifecycle,
        delete: Some(Operation::DeleteBucketLifecycle),
        form: Form::Xml { root: "LifecycleConfiguration", check: lifecycle::check },
        absent: Absent::Error("NoSuchLifecycle", "No Row found in Lifecycle Table.", ""),
    },
    Setting {
        sub_resource: "policy",
        get: Operation::GetBucketPolicy,
        put: Operation::PutBucketPolicy,
        delete: Some(Operation::DeleteBucketPolicy),
        form: Form::Json,
        absent: Absent::Error("NoSuchBucketPolicy", "The bucket policy does not exist.", ""),
    },
    Setting {
        sub_resource: "website",
        get: Operation::GetBucketWebsite,
        put: Operation::PutBucketWebsite,
        delete: Some(Operation::DeleteBucketWebsite),
        form: Form::Xml { root: "WebsiteConfiguration", check: website::check },
        absent: Absent::Error(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration.",
            "",
        ),
    },
    Setting {
        sub_resource: "referer",
        get: Operation::GetBucketReferer,
        put: Operation::PutBucketReferer,
        delete: None,
        form: Form::Xml { root: "RefererConfiguration", check: checks::referer },
        absent: Absent::Document(
            "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>\
             <AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath>\
             <RefererList></RefererList></RefererConfiguration>",
        ),
    },
    Setting {
        sub_resource: "logging",
        get: Operation::GetBucketLogging,
        put: Operation::PutBucketLogging,
        delete: Some(Operation::DeleteBucketLogging),
        form: Form::Xml { root: "BucketLoggingStatus", check: checks::logging },
        absent: Absent::Document("<BucketLoggingStatus></BucketLoggingStatus>"),
    },
    Setting {
        sub_resource: "userDefinedLogFieldsConfig",
        get: Operation::GetUserDefinedLogFieldsConfig,
        put: Operation::PutUserDefinedLogFieldsConfig,
        delete: Some(Operation::DeleteUserDefinedLogFieldsConfig),
        form: Form::Xml { root: "UserDefinedLogFieldsConfiguration", check: anything },
        absent: Absent::Error(
            "NoSuchUserDefinedLogFieldsConfig",
            "The specified bucket does not have user defined log fields.",
            "",
        ),
    },
    Setting {
        sub_resource: "encryption",
        get: Operation::GetBucketEncryption,
        put: Operation::PutBucketEncryption,
        delete: Some(Operation::DeleteBucketEncryption),
        form: Form::Xml { root: "ServerSideEncryptionRule", check: checks::encryption },
        absent: Absent::Error(
            "NoSuchServerSideEncryptionRule",
            "The server side encryption configuration was not found.",
            "",
        ),
    },
    Setting {
        sub_resource: "requestPayment",
        get: Operation::GetBucketRequestPayment,
        put: Operation::PutBucketRequestPayment,
        delete: None,
        form: Form::Xml { root: "RequestPaymentConfiguration", check: checks::request_payment },
        absent: Absent::Document(
            "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
        ),
    },
    Setting {
        sub_resource: PUBLIC_ACCESS_BLOCK,
        get: Operation::GetBucketPublicAccessBlock,
        put: Operation::PutBucketPublicAccessBlock,
        delete: Some(Operation::DeleteBucketPublicAccessBlock),
        form: Form::Xml { root: "PublicAccessBlockConfiguration", check: checks::public_access_block },
        absent: Absent::Document(NO_BLOCK),
    },
    Setting {
        sub_resource: "accessmonitor",
        get: Operation::GetBucketAccessMonitor,
        put: Operation::PutBucketAccessMonitor,
        delete: None,
        form: Form::Xml { root: "AccessMonitorConfiguration", check: checks::access_monitor },
        absent: Absent::Document("<AccessMonitorConfiguration><Status>Disabled</Status></AccessMonitorConfiguration>"),
    },
    Setting {
        sub_resource: "transferAcceleration",
        get: Operation::GetBucketTransferAcceleration,
        put: Operation::PutBucketTransferAcceleration,
        delete: Some(Operation::DeleteBucketTransferAcceleration),
        form: Form::Xml { root: "TransferAccelerationConfiguration", check: checks::enabled },
        absent: Absent::Error(
            "NoSuchTransferAccelerationConfiguration",
            "The bucket you specified does not have transfer acceleration configuration.",
            "",
        ),
    },
    Setting {
        sub_resource: "bucketArchiveDirectRead",
        get: Operation::GetBucketArchiveDirectRead,
        put: Operation::PutBucketArchiveDirectRead,
        delete: None,
        form: Form::Xml { root: "ArchiveDirectReadConfiguration", check: checks::enabled },
        absent: Absent::Error(
            "NoSuchArchiveDirectReadConfiguration",
            "The bucket you specified does not have archive direct read configuration.",
            "",
        ),
    },
    Setting {
        sub_resource: "httpsConfig",
        get: Operation::GetBucketHttpsConfig,
        put: Operation::PutBucketHttpsConfig,
        delete: None,
        form: Form::Xml { root: "HttpsConfiguration", check: checks::https },
        absent: Absent::Document("<HttpsConfiguration><TLS><Enable>false</Enable></TLS></HttpsConfiguration>"),
    },
    Setting {
        sub_resource: "resourceGroup",
        get: Operation::GetBucketResourceGroup,
        put: Operation::PutBucketResourceGroup,
        delete: None,
        form: Form::Xml { root: "BucketResourceGroupConfiguration", check: checks::resource_group },
        absent: Absent::Document(
            "<BucketResourceGroupConfiguration><ResourceGroupId>rg-acfmwnvfcwsfgiq</ResourceGroupId>\
             </BucketResourceGroupConfiguration>",
        ),
    },
    Setting {
        sub_resource: "overwriteConfig",
        get: Operation::GetBucketOverwriteConfig,
        put: Operation::PutBucketOverwriteConfig,
        delete: Some(Operation::DeleteBucketOverwriteConfig),
        form: Form::Xml { root: "OverwriteConfiguration", check: checks::overwrite },
        absent: Absent::Error(
            "NoSuchBucketOverwriteConfig",
            "The specified bucket does not have an overwrite configuration.",
            "",
        ),
    },
    // No page names the code where there is none.
    Setting {
        sub_resource: "objectWorm",
        get: Operation::GetBucketObjectWormConfiguration,
        put: Operation::PutBucketObjectWormConfiguration,
        delete: None,
        form: Form::Xml { root: "ObjectWormConfiguration", check: checks::object_worm },
        absent: Absent::Error(
            "NoSuchObjectWormConfiguration",
            "The specified bucket does not have an object WORM configuration.",
            "",
        ),
    },
    Setting {
        sub_resource: "qosInfo",
        get: Operation::GetBucketQoSInfo,
        put: Operation::PutBucketQoSInfo,
        delete: Some(Operation::DeleteBucketQoSInfo),
        form: Form::Xml { root: "QoSConfiguration", check: qos::check },
        absent: Absent::Error("NoSuchBucketQosInfo", "The bucket has no QoS configuration.", ""),
    },
    Setting {
        sub_resource: "qos",
        get: Operation::GetBucketStorageCapacity,
        put: Operation::PutBucketStorageCapacity,
        delete: None,
        form: Form::Xml { root: "BucketUserQos", check: qos::capacity },
        absent: Absent::Document("<BucketUserQos><StorageCapacity>-1</StorageCapacity></BucketUserQos>"),
    },
    // No page names the code where there is none.
    Setting {
        sub_resource: "responseHeader",
        get: Operation::GetBucketResponseHeader,
        put: Operation::PutBucketResponseHeader,
        delete: Some(Operation::DeleteBucketResponseHeader),
        form: Form::Xml { root: "ResponseHeaderConfiguration", check: anything },
        absent: Absent::Error(
            "NoSuchResponseHeaderConfiguration",
            "The specified bucket does not have a response header configuration.",
            "",
        ),
    },
    Setting {
        sub_resource: "policy/callback",
        get: Operation::GetBucketCallbackPolicy,
        put: Operation::PutBucketCallbackPolicy,
        delete: Some(Operation::DeleteBucketCallbackPolicy),
        form: Form::Xml { root: "BucketCallbackPolicy", check: anything },
        absent: Absent::Error("BucketCallbackPolicyNotExist", "The bucket has no callback policy.", ""),
    },
];

/// The resource group that every account has.
pub(crate) const RESOURCE_GROUP: &str = "rg-acfmwnvfcwsfgiq";
/// The block of public access where none was set.
pub(super) const NO_BLOCK: &str =
    "<PublicAccessBlockConfiguration><BlockPublicAccess>false</BlockPublicAccess></PublicAccessBlockConfiguration>";

/// The setting behind a sub-resource.
pub(crate) fn setting(sub_resource: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.sub_resource == sub_resource)
}

/// The setting an operation reads, writes or deletes.
pub(super) fn of(operation: Operation) -> Option<&'static Setting> {
    SETTINGS.iter().find(|it| it.get == operation || it.put == operation || it.delete == Some(operation))
}
