//! Advice for a person about an error response whose message does not give any.

use crate::config::{Settings, SignatureVersion};
use crate::endpoint::region_of;
use crate::error::Answer;

/// Advice about a response, if there is any.
pub(super) fn of(answer: &Answer, settings: &Settings) -> Option<String> {
    if let Some(endpoint) = answer.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()) {
        return Some(elsewhere(endpoint, settings));
    }
    if is_wrong_region(answer) && settings.signature == SignatureVersion::V4 {
        return Some(wrong_region(settings));
    }
    // According to OSS's documentation, this EC means that the user may not set an object's ACL.
    if answer.ec.as_deref() == Some("0003-00000008") {
        return Some("allow oss:PutObjectAcl, or set the ACL of what is written to default".to_owned());
    }
    let advice = match answer.code.as_str() {
        "PublicEndpointForbidden" => {
            "bind a domain to the bucket and use custom-domain addressing, or an internal endpoint"
        }
        "SecondLevelDomainForbidden" => "use virtual-hosted addressing",
        "SignatureDoesNotMatch" => "check the AccessKey secret",
        "InvalidAccessKeyId" => "check the AccessKey ID",
        "InvalidSecurityToken" | "SecurityTokenExpired" => {
            "the security token has expired, or is none of this AccessKey"
        }
        "RequestTimeTooSkewed" => "the clock is more than 15 minutes off, and setting it by the answer did not help",
        "InvalidObjectState" => "the object is archived: restore it first",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// Advice if another host than the one in the request serves the bucket.
fn elsewhere(endpoint: &str, settings: &Settings) -> String {
    let Settings { bucket, region, target, .. } = settings;
    let mut told = format!("the bucket {bucket} is served by {endpoint}, and the request went to {}", target.authority);
    match region_of(endpoint) {
        Some(right) if right != region => {
            told.push_str(&format!(", signed for the region {region}: set the region {right}"));
        }
        _ => told.push_str(": set that endpoint"),
    }
    told
}

/// Whether the request was signed for another region. The EC is 0002-00000226 for a header and 0002-00000228 for a URL.
fn is_wrong_region(answer: &Answer) -> bool {
    matches!(answer.ec.as_deref(), Some("0002-00000226" | "0002-00000228"))
}

fn wrong_region(settings: &Settings) -> String {
    let Settings { region, target, .. } = settings;
    let host = &target.authority;
    let told = format!("the request was signed for the region {region}, which is not that of {host}");
    match region_of(host) {
        Some(right) if right != region => format!("{told}: set the region {right}"),
        _ => format!("{told}: set the bucket's own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;

    fn advised(answer: Answer, endpoint: Endpoint) -> Option<String> {
        of(&answer, &crate::testing::settings(|config| config.endpoint = Some(endpoint)))
    }

    #[test]
    fn advice_is_for_those_who_can_take_it() {
        let of_code = |code: &str| advised(Answer { code: code.into(), ..Answer::default() }, Endpoint::Public);
        assert!(of_code("PublicEndpointForbidden").is_some_and(|text| text.contains("custom-domain")));
        assert!(of_code("SecondLevelDomainForbidden").is_some_and(|text| text.contains("virtual-hosted")));
        assert_eq!(of_code("NoSuchKey"), None);
        let answer = Answer { code: "AccessDenied".into(), ec: Some("0003-00000008".into()), ..Answer::default() };
        assert!(advised(answer, Endpoint::Public).is_some_and(|text| text.contains("oss:PutObjectAcl")), "1.10");
    }

    /// 4.6: the host that OSS names is told, with the region to write instead.
    #[test]
    fn another_host_is_named_with_what_to_set() {
        let elsewhere = |endpoint: &str| Answer { status: 403, endpoint: Some(endpoint.into()), ..Answer::default() };
        let told = advised(elsewhere("oss-cn-beijing.aliyuncs.com"), Endpoint::Public).unwrap();
        for part in ["oss-cn-beijing.aliyuncs.com", "signed for the region cn-hangzhou", "set the region cn-beijing"] {
            assert!(told.contains(part), "{told}");
        }
        let custom = Endpoint::Custom("https://oss-cn-beijing.aliyuncs.com".into());
        let told = advised(elsewhere("oss-cn-hangzhou.aliyuncs.com"), custom).unwrap();
        assert!(told.ends_with("set that endpoint"), "{told}");
    }

    /// 4.6: an EC for a wrong signing region has advice, which knows the region where the host tells it.
    #[test]
    fn a_wrong_signing_region_is_named_with_the_right_one() {
        let ec = |ec: &str| Answer { status: 400, ec: Some(ec.into()), ..Answer::default() };
        for code in ["0002-00000226", "0002-00000228"] {
            let custom = Endpoint::Custom("oss-cn-beijing-internal.aliyuncs.com".into());
            let told = advised(ec(code), custom).unwrap();
            assert!(told.contains("region cn-hangzhou") && told.ends_with("set the region cn-beijing"), "{told}");
            let told = advised(ec(code), Endpoint::Accelerate).unwrap();
            assert!(told.ends_with("set the bucket's own"), "{told}");
        }
        assert_eq!(advised(ec("0002-00000227"), Endpoint::Public), None);
    }
}
