//! Bandwidths and requests per second, of a bucket and of an account. They are kept and checked, and limit nothing.
//! (OSS documentation: PutBucketQoSInfo, GetUserQoSInfo; oss2's `test_qos_info.py` and `test_bucket_storage_capacity`.)

use super::checks::argument;
use super::malformed;
use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::{Element, Writer};

/// What an account has, and so the most that a bucket can be given, in Gbit/s: OSS's defaults for the mainland.
const ACCOUNT_BANDWIDTH: i64 = 10;
/// No limit.
const NONE: i64 = -1;

/// Each total with its parts.
const GROUPS: [[&str; 3]; 3] = [
    ["TotalUploadBandwidth", "IntranetUploadBandwidth", "ExtranetUploadBandwidth"],
    ["TotalDownloadBandwidth", "IntranetDownloadBandwidth", "ExtranetDownloadBandwidth"],
    ["TotalQps", "IntranetQps", "ExtranetQps"],
];

/// A total is at most the account's, a part at most the total; what is not said has no limit.
pub(super) fn check(_: &Call, element: &mut Element) -> Result<(), Failure> {
    for group in GROUPS {
        let mut most = if group[0].ends_with("Qps") { NONE } else { ACCOUNT_BANDWIDTH };
        for name in group {
            if element.child(name).is_none() {
                element.children.push(Element::with_text(name, NONE.to_string()));
            }
            let value = number(element, name)?;
            if value < NONE || (most != NONE && value > most) {
                return Err(argument("The value is out of range.", name, &value.to_string()));
            }
            if name.starts_with("Total") && value != NONE {
                most = value;
            }
        }
    }
    Ok(())
}

/// How much a bucket may hold, in GB.
pub(super) fn capacity(_: &Call, element: &mut Element) -> Result<(), Failure> {
    let value = number(element, "StorageCapacity")?;
    if value < NONE {
        return Err(argument("The capacity is out of range.", "StorageCapacity", &value.to_string()));
    }
    Ok(())
}

fn number(element: &Element, name: &str) -> Result<i64, Failure> {
    element.value(name).and_then(|text| text.trim().parse().ok()).ok_or_else(malformed)
}

/// GetUserQoSInfo.
pub(crate) fn of_account(call: &Call) -> Result<Reply, Failure> {
    call.signed()?;
    let mut xml = Writer::new();
    xml.open("QoSConfiguration");
    xml.text("Region", &format!("oss-{}", call.shared.region));
    for name in GROUPS.into_iter().flatten() {
        let value = if name.starts_with("Total") && !name.ends_with("Qps") { ACCOUNT_BANDWIDTH } else { NONE };
        xml.text(name, &value.to_string());
    }
    xml.close("QoSConfiguration");
    Ok(Reply::xml(xml.finish()))
}
