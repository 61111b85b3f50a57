//! The operations, each under its own name.

mod append_object;
mod batch_delete;
mod bucket_settings;
mod bucket_stat;
mod buckets;
mod callback;
mod complete;
mod conditions;
mod copy_object;
mod copy_source;
mod cors;
mod delete_object;
mod encoding;
mod get_object;
mod list_objects;
mod list_parts;
mod list_uploads;
mod list_versions;
mod metadata;
mod object_acl;
mod post_object;
mod post_policy;
mod put_object;
mod range;
mod regions;
mod restore;
mod settings;
mod symlink;
mod tagging;
mod traffic;
mod upload_part;
mod uploads;

pub(crate) use cors::headers as cors_headers;
pub(crate) use settings::{is_setting, setting};
pub(crate) use traffic::{limit as traffic_limit, trickle};

use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::operation::Operation;
use crate::reply::Reply;

/// Answers a request by its operation.
pub(crate) async fn answer(call: &mut Call) -> Result<Reply, Halt> {
    if let Some(answered) = settings::answer(call).await {
        return answered;
    }
    match call.operation {
        Operation::ListBuckets => Ok(buckets::list(call)?),
        Operation::PutBucket => buckets::put(call).await,
        Operation::DeleteBucket => Ok(buckets::delete(call)?),
        Operation::GetBucketInfo => Ok(bucket_settings::info(call)?),
        Operation::GetBucketLocation => Ok(bucket_settings::location(call)?),
        Operation::GetBucketVersioning => Ok(bucket_settings::versioning(call)?),
        Operation::PutBucketVersioning => bucket_settings::put_versioning(call).await,
        Operation::GetBucketAcl => Ok(bucket_settings::acl(call)?),
        Operation::PutBucketAcl => Ok(bucket_settings::put_acl(call)?),
        Operation::ListObjects => Ok(list_objects::v1(call)?),
        Operation::ListObjectsV2 => Ok(list_objects::v2(call)?),
        Operation::ListObjectVersions => Ok(list_versions::list(call)?),
        Operation::DeleteMultipleObjects => batch_delete::delete(call).await,
        Operation::PutObject => put_object::put(call).await,
        Operation::GetObject => Ok(get_object::get(call)?),
        Operation::HeadObject => Ok(get_object::head(call)?),
        Operation::GetObjectMeta => Ok(get_object::meta(call)?),
        Operation::DeleteObject => Ok(delete_object::delete(call)?),
        Operation::CopyObject => Ok(copy_object::copy(call)?),
        Operation::AppendObject => append_object::append(call).await,
        Operation::SealAppendObject => Err(append_object::seal(call).into()),
        Operation::GetObjectAcl => Ok(object_acl::get(call)?),
        Operation::PutObjectAcl => Ok(object_acl::put(call)?),
        Operation::GetObjectTagging => Ok(tagging::get(call)?),
        Operation::PutObjectTagging => tagging::put(call).await,
        Operation::DeleteObjectTagging => Ok(tagging::delete(call)?),
        Operation::InitiateMultipartUpload => Ok(uploads::initiate(call)?),
        Operation::UploadPart => upload_part::upload(call).await,
        Operation::UploadPartCopy => upload_part::copy(call).await,
        Operation::CompleteMultipartUpload => complete::complete(call).await,
        Operation::AbortMultipartUpload => Ok(uploads::abort(call)?),
        Operation::ListParts => Ok(list_parts::list(call)?),
        Operation::ListMultipartUploads => Ok(list_uploads::list(call)?),
        Operation::GetBucketStat => Ok(bucket_stat::stat(call)?),
        Operation::GetBucketPolicyStatus => Ok(settings::policy_status(call)?),
        Operation::GetPublicAccessBlock => Ok(settings::get_of_account(call)?),
        Operation::PutPublicAccessBlock => settings::put_of_account(call).await,
        Operation::DeletePublicAccessBlock => Ok(settings::delete_of_account(call)?),
        Operation::DescribeRegions => Ok(regions::describe(call)?),
        Operation::ListLiveChannel => Ok(regions::live_channels(call)?),
        Operation::OptionObject => Ok(cors::preflight(call)?),
        Operation::PostObject => post_object::post(call).await,
        Operation::PutSymlink => Ok(symlink::put(call)?),
        Operation::GetSymlink => Ok(symlink::get(call)?),
        Operation::RestoreObject => restore::restore(call).await,
        Operation::CleanRestoredObject => Ok(restore::clean(call)?),
        Operation::Unsupported => Err(Failure::not_implemented().into()),
        // Operations on settings are answered above, and those of the services beside OSS are never asked for here.
        _ => {
            let (resource, allow) = match (&call.target.bucket, &call.target.key) {
                (None, _) => ("Service", "GET"),
                (Some(_), None) => ("Bucket", "GET, PUT, POST, DELETE"),
                (Some(_), Some(_)) => ("Object", "GET, HEAD, PUT, POST, DELETE"),
            };
            Err(Failure::method(call.method.as_str(), resource, allow).into())
        }
    }
}
