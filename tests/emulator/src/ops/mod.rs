//! The operations, each under its own name.

mod access_point;
mod append_object;
mod batch_delete;
mod bucket_settings;
mod bucket_stat;
mod buckets;
mod callback;
mod cname;
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
mod object_worm;
mod post_object;
mod post_policy;
mod put_object;
mod range;
mod redundancy;
mod regions;
mod restore;
mod settings;
mod symlink;
mod tagging;
mod traffic;
mod upload_part;
mod uploads;

pub(crate) use access_point::NAME as ACCESS_POINT_NAME;
pub(crate) use cors::headers as cors_headers;
pub(crate) use settings::{is_setting, requester_pays, setting};
pub(crate) use traffic::{limit as traffic_limit, trickle};

use crate::access;
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::operation::Operation;
use crate::reply::Reply;

/// Answers a request by its operation.
pub(crate) async fn answer(call: &mut Call) -> Result<Reply, Halt> {
    access::check_session(call)?;
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
        Operation::CreateCnameToken => cname::create_token(call).await,
        Operation::GetCnameToken => Ok(cname::get_token(call)?),
        Operation::PutCname => cname::put(call).await,
        Operation::ListCname => Ok(cname::list(call)?),
        Operation::DeleteCname => cname::delete(call).await,
        Operation::CreateBucketDataRedundancyTransition => Ok(redundancy::create(call)?),
        Operation::GetBucketDataRedundancyTransition => Ok(redundancy::get(call)?),
        Operation::ListBucketDataRedundancyTransition => Ok(redundancy::list(call)?),
        Operation::ListUserDataRedundancyTransition => Ok(redundancy::list_of_account(call)?),
        Operation::DeleteBucketDataRedundancyTransition => Ok(redundancy::delete(call)?),
        Operation::CreateAccessPoint => access_point::create(call).await,
        Operation::GetAccessPoint => Ok(access_point::get(call)?),
        Operation::ListAccessPoints => Ok(access_point::list(call)?),
        Operation::DeleteAccessPoint => Ok(access_point::delete(call)?),
        Operation::GetAccessPointPolicy => Ok(access_point::get_policy(call)?),
        Operation::PutAccessPointPolicy => access_point::put_policy(call).await,
        Operation::DeleteAccessPointPolicy => Ok(access_point::delete_policy(call)?),
        Operation::GetAccessPointPublicAccessBlock => Ok(access_point::get_block(call)?),
        Operation::PutAccessPointPublicAccessBlock => access_point::put_block(call).await,
        Operation::DeleteAccessPointPublicAccessBlock => Ok(access_point::delete_block(call)?),
        Operation::ListCloudBoxes => Ok(regions::cloud_boxes(call)?),
        Operation::GetObjectRetention => Ok(object_worm::get_retention(call)?),
        Operation::PutObjectRetention => object_worm::put_retention(call).await,
        Operation::GetObjectLegalHold => Ok(object_worm::get_legal_hold(call)?),
        Operation::PutObjectLegalHold => object_worm::put_legal_hold(call).await,
        Operation::GetUserQoSInfo => Ok(settings::qos::of_account(call)?),
        Operation::PutStyle => settings::styles::put(call).await,
        Operation::GetStyle => Ok(settings::styles::get(call)?),
        Operation::ListStyle => Ok(settings::styles::list(call)?),
        Operation::DeleteStyle => Ok(settings::styles::delete(call)?),
        Operation::PutBucketInventory => settings::inventories::put(call).await,
        Operation::GetBucketInventory => Ok(settings::inventories::get(call)?),
        Operation::ListBucketInventory => Ok(settings::inventories::list(call)?),
        Operation::DeleteBucketInventory => Ok(settings::inventories::delete(call)?),
        Operation::InitiateBucketWorm => settings::worm::initiate(call).await,
        Operation::CompleteBucketWorm => Ok(settings::worm::complete(call)?),
        Operation::ExtendBucketWorm => settings::worm::extend(call).await,
        Operation::GetBucketWorm => Ok(settings::worm::get(call)?),
        Operation::AbortBucketWorm => Ok(settings::worm::abort(call)?),
        Operation::PutBucketReplication => settings::replication::put(call).await,
        Operation::GetBucketReplication => Ok(settings::replication::get(call)?),
        Operation::DeleteBucketReplication => settings::replication::delete(call).await,
        Operation::GetBucketReplicationLocation => Ok(settings::replication::locations(call)?),
        Operation::GetBucketReplicationProgress => Ok(settings::replication::progress(call)?),
        Operation::PutBucketRTC => settings::replication::put_rtc(call).await,
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
