//! The parameters of a registry's configuration.

use super::addressing::Addressing;
use super::bucket::Config;
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::signature::SignatureVersion;
use crate::error::ConfigProblem;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// What OSS's own hosts end in.
const OSS: &str = ".aliyuncs.com";

/// The largest part that the component takes.
const LARGEST_CHUNK: u64 = 512 << 20;

/// The storage parameters of a registry's configuration, by their own names: `accesskeyid`, `accesskeysecret`, `region`,
/// `bucket`, `internal`, `encrypt`, `encryptionkeyid`, `secure`, `chunksize`, `rootdirectory`, `endpoint`, `objectacl`,
/// `signature` (v4 or v1), `securitytoken`, `urlendpoint`. The component knows what each means and refuses every other one. No
/// value shows in `Debug` output.
///
/// ```
/// let parameters: ossicle::Parameters = [("bucket", "registry"), ("region", "oss-cn-hangzhou")].into_iter().collect();
/// assert!(!format!("{parameters:?}").contains("hangzhou"));
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<String, SecretString>);

impl Parameters {
    /// None at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, in place of any of the same name.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(ExposeSecret::expose_secret).filter(|value| !value.is_empty())
    }

    /// The size of a part in bytes, where it is one that the component may take: it knows more forms of numbers, for which
    /// the room of its largest part is kept free.
    pub(crate) fn chunk_size(&self) -> Option<u64> {
        self.get("chunksize").map(|size| size.parse().unwrap_or(LARGEST_CHUNK))
    }

    /// All of them, in the clear, for the component.
    pub(crate) fn exposed(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect()
    }

    /// What they say of the only place that requests may go to. It is the component that checks them; whatever it makes of
    /// them, it gets nowhere else.
    pub(crate) fn config(&self) -> Result<Config, ConfigProblem> {
        let needed = |name: &'static str| self.get(name).ok_or_else(|| ConfigProblem::new(name, "must be given"));
        let bucket = needed("bucket")?.to_ascii_lowercase();
        let region = needed("region")?;
        let region = region.strip_prefix("oss-").unwrap_or(region);
        let region = self.get("endpoint").and_then(region_of).unwrap_or_else(|| region.to_owned());
        let mut credentials = Credentials::new(needed("accesskeyid")?, needed("accesskeysecret")?);
        if let Some(token) = self.get("securitytoken") {
            credentials = credentials.security_token(token);
        }
        let mut config = Config::new(bucket, region, credentials);
        config.secure = self.get("secure").and_then(truth);
        if self.get("signature") == Some("v1") {
            config.signature = SignatureVersion::V1;
        }
        config.root = self.get("rootdirectory").map(|root| root.trim_matches('/').to_owned());
        if let Some(endpoint) = self.get("endpoint") {
            config.addressing = addressing(endpoint, &config.bucket);
            config.endpoint = Endpoint::custom(endpoint.trim_end_matches('/'));
        } else if self.get("internal").and_then(truth) == Some(true) {
            config.endpoint = Endpoint::Internal;
        }
        Ok(config)
    }
}

/// What YAML takes for true or false. What else there may be, the component refuses.
fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Some(false),
        _ => None,
    }
}

/// The region that one of OSS's own hosts names, which the component signs for whatever the parameter `region` says.
fn region_of(endpoint: &str) -> Option<String> {
    let lower = endpoint.trim_end_matches('/').to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, host)| host);
    let name = host.split(':').next()?.strip_suffix(OSS)?;
    let region = match name.strip_suffix(".oss") {
        Some(name) => name.rsplit('.').next()?,
        None => {
            let label = name.rsplit('.').next()?;
            let name = label.strip_prefix("oss-").or_else(|| label.split_once("-oss-").map(|(_, name)| name))?;
            name.strip_suffix("-internal").unwrap_or(name)
        }
    };
    (!region.starts_with("accelerate")).then(|| region.to_owned())
}

/// Where the bucket's name stands, given an endpoint with or without it.
fn addressing(endpoint: &str, bucket: &str) -> Addressing {
    let lower = endpoint.trim_end_matches('/').to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, host)| host);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let holds_bucket = host.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('.'));
    if name.parse::<Ipv4Addr>().is_ok() || host.starts_with('[') || name == "localhost" {
        Addressing::Automatic
    } else if name.ends_with(OSS) && !holds_bucket {
        Addressing::VirtualHosted
    } else {
        Addressing::CustomDomain
    }
}

impl<N: Into<String>, V: Into<SecretString>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parameters: I) -> Self {
        Self(parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters {
        [("accesskeyid", "id"), ("accesskeysecret", "canary"), ("region", "oss-cn-hangzhou"), ("bucket", "BKT")]
            .into_iter()
            .collect()
    }

    #[test]
    fn every_form_of_an_endpoint_leads_to_one_place() {
        for (endpoint, origin) in [
            ("bkt.oss-cn-hangzhou.aliyuncs.com", "https://bkt.oss-cn-hangzhou.aliyuncs.com"),
            ("oss-cn-hangzhou.aliyuncs.com/", "https://bkt.oss-cn-hangzhou.aliyuncs.com"),
            ("http://OSS-cn-hangzhou-internal.aliyuncs.com", "http://bkt.oss-cn-hangzhou-internal.aliyuncs.com"),
            ("https://bkt.oss-cn-hangzhou.aliyuncs.com:443/", "https://bkt.oss-cn-hangzhou.aliyuncs.com"),
            ("cn-hangzhou.oss.aliyuncs.com", "https://bkt.cn-hangzhou.oss.aliyuncs.com"),
            ("blobs.example.com", "https://blobs.example.com"),
            ("https://bkt.example.com/", "https://bkt.example.com"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
            ("http://localhost:9000", "http://localhost:9000"),
            ("", "https://bkt.oss-cn-hangzhou.aliyuncs.com"),
        ] {
            let config = parameters().set("endpoint", endpoint).config().unwrap();
            assert_eq!(config.origin().unwrap().to_string(), origin, "{endpoint}");
        }
        let internal = parameters().set("internal", "Yes").set("secure", "False").config().unwrap();
        assert_eq!(internal.origin().unwrap().to_string(), "http://bkt.oss-cn-hangzhou-internal.aliyuncs.com");
    }

    #[test]
    fn a_boolean_is_spelled_as_in_yaml_4_12() {
        for (text, value) in [("yes", Some(true)), ("Off", Some(false)), ("TRUE", Some(true)), ("N", Some(false))] {
            assert_eq!(truth(text), value, "{text}");
        }
        for text in ["yEs", "1", "", "tRUE", "oN"] {
            assert_eq!(truth(text), None, "{text}");
        }
    }

    #[test]
    fn an_endpoint_names_the_region_6_5() {
        for (endpoint, region) in [
            ("bkt.oss-cn-beijing-internal.aliyuncs.com", "cn-beijing"),
            ("https://cn-beijing.oss.aliyuncs.com/", "cn-beijing"),
            ("oss-accelerate.aliyuncs.com", "cn-hangzhou"),
            ("blobs.example.com", "cn-hangzhou"),
        ] {
            assert_eq!(parameters().set("endpoint", endpoint).config().unwrap().region, region, "{endpoint}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_shows() {
        for name in ["accesskeyid", "accesskeysecret", "region", "bucket"] {
            assert_eq!(parameters().set(name, "").config().unwrap_err().field, name);
        }
        assert!(!format!("{:?}", parameters()).contains("canary"));
    }
}
