//! Buckets whose requesters pay: others than the owner must sign, and say that they pay.
//! (OSS documentation: *Pay-by-requester*, EC 0003-00000701 to -703.)

use crate::call::Call;
use crate::failures::Failure;
use crate::ops;
use crate::store::Bucket;

/// Whether a request of somebody else may be answered.
pub(super) fn check(call: &Call, bucket: &Bucket) -> Result<(), Failure> {
    const NAME: &str = "x-oss-request-payer";
    if !ops::requester_pays(bucket) {
        return Ok(());
    }
    let Some(identity) = &call.identity else { return Err(Failure::payer_anonymous()) };
    let said = call.header(NAME).or_else(|| call.query.get(NAME));
    if said == Some("requester") { Ok(()) } else { Err(Failure::payer_missing(identity.kind.is_presigned())) }
}
