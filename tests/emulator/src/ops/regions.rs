//! DescribeRegions, and listings of what there is none of here.

use http::StatusCode;

use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::Writer;

/// OSS's regions. (OSS documentation: *Regions and endpoints*.) The emulator's own and those of its buckets are there besides.
const REGIONS: [&str; 30] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-heyuan",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-wulanchabu",
    "cn-wuhan-lr",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "us-east-1",
    "us-west-1",
];

/// Every region there is.
pub(crate) fn all(call: &Call) -> Vec<String> {
    let mut regions: Vec<String> = REGIONS.iter().map(|region| (*region).to_owned()).collect();
    regions.push(call.shared.region.clone());
    regions.extend(call.shared.store.buckets().iter().map(|bucket| bucket.region().to_owned()));
    regions.sort();
    regions.dedup();
    regions
}

pub(crate) fn describe(call: &Call) -> Result<Reply, Failure> {
    call.signed()?;
    let mut regions = all(call);
    if let Some(wanted) = call.query.filled("regions") {
        regions.retain(|region| wanted == format!("oss-{region}"));
        if regions.is_empty() {
            let message = "The region you specified does not exist.";
            return Err(Failure::new(StatusCode::NOT_FOUND, "NoSuchRegion", message, "").field("Region", wanted));
        }
    }
    let mut xml = Writer::new();
    xml.open("RegionInfoList");
    for region in regions {
        xml.open("RegionInfo");
        xml.text("Region", &format!("oss-{region}"));
        xml.text("InternetEndpoint", &format!("oss-{region}.aliyuncs.com"));
        xml.text("InternalEndpoint", &format!("oss-{region}-internal.aliyuncs.com"));
        xml.text("AccelerateEndpoint", "oss-accelerate.aliyuncs.com");
        xml.close("RegionInfo");
    }
    xml.close("RegionInfoList");
    Ok(Reply::xml(xml.finish()))
}

/// ListLiveChannel, of which there are none here.
pub(crate) fn live_channels(call: &Call) -> Result<Reply, Failure> {
    call.bucket()?;
    let mut xml = Writer::new();
    xml.open("ListLiveChannelResult");
    xml.text("Prefix", call.query.get("prefix").unwrap_or(""));
    xml.text("Marker", call.query.get("marker").unwrap_or(""));
    xml.text("MaxKeys", call.query.filled("max-keys").unwrap_or("100"));
    xml.text("IsTruncated", "false");
    xml.close("ListLiveChannelResult");
    Ok(Reply::xml(xml.finish()))
}

/// ListCloudBoxes, of which the account has none.
pub(crate) fn cloud_boxes(call: &Call) -> Result<Reply, Failure> {
    let owner = &call.signed()?.owner;
    let mut xml = Writer::new();
    xml.open("ListCloudBoxResult");
    xml.text("Prefix", call.query.get("prefix").unwrap_or(""));
    xml.text("Marker", call.query.get("marker").unwrap_or(""));
    xml.text("MaxKeys", call.query.filled("max-keys").unwrap_or("100"));
    xml.text("IsTruncated", "false");
    xml.owner(owner);
    xml.text("CloudBoxes", "");
    xml.close("ListCloudBoxResult");
    Ok(Reply::xml(xml.finish()))
}
