//! A config as the caller gives it, and the settings after it is checked.

use std::time::Duration;

use crate::credentials::{AssumedRole, CheckedSource, CredentialSource};
use crate::endpoint::{Addressing, Endpoint, Target};
use crate::error::ConfigProblem;
use crate::key::Root;
use crate::oss::ObjectAcl;

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVersion {
    /// OSS4-HMAC-SHA256.
    V4,
    /// HMAC-SHA1.
    V1,
}

/// Time limits as the caller gives them, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeoutOptions {
    /// Until a connection is established.
    pub connect: Option<u64>,
    /// From the end of the request to the first byte of the response.
    pub first_byte: Option<u64>,
    /// Between two pieces of a response's body.
    pub between_bytes: Option<u64>,
    /// For a whole request with all its attempts.
    pub operation: Option<u64>,
}

/// A bucket, how to reach it, and the credentials: the `config` of the WIT package.
#[derive(Clone, Debug)]
pub struct Config {
    /// The bucket's name.
    pub bucket: String,
    /// The region as V4 signs it.
    pub region: String,
    /// Default: public.
    pub endpoint: Option<Endpoint>,
    /// Default: automatic.
    pub addressing: Option<Addressing>,
    /// Default: as the endpoint's scheme says, or HTTPS.
    pub secure: Option<bool>,
    /// The prefix of every key.
    pub root: Option<String>,
    /// Default: V4.
    pub signature: Option<SignatureVersion>,
    /// The source of credentials.
    pub credentials: CredentialSource,
    /// RAM roles that are assumed one after the other, the first one with those credentials.
    pub roles: Vec<AssumedRole>,
    /// The time limits.
    pub timeouts: TimeoutOptions,
    /// The maximum number of attempts for a request. Default 3.
    pub attempts: Option<u8>,
    /// The ACL of written objects. Default: private.
    pub acl: Option<ObjectAcl>,
}

/// The time limits that apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is established.
    pub connect: Duration,
    /// From the end of the request to the first byte of the response.
    pub first_byte: Duration,
    /// Between two pieces of a response's body.
    pub between_bytes: Duration,
    /// For a whole request with all its attempts.
    pub operation: Duration,
}

/// A checked config.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bucket's name.
    pub bucket: String,
    /// The region as V4 signs it.
    pub region: String,
    /// Where requests go.
    pub target: Target,
    /// The prefix of every key.
    pub root: Root,
    /// How requests are signed.
    pub signature: SignatureVersion,
    /// The source of credentials.
    pub credentials: CheckedSource,
    /// The time limits.
    pub timeouts: Timeouts,
    /// The maximum number of attempts for a request.
    pub attempts: u8,
    /// The ACL of written objects.
    pub acl: ObjectAcl,
}

/// The defaults of OSS's v2 SDKs: 3 attempts, and Go's 5 s to connect. Responses get Python's 20 s, because Go's 10 s abort
/// uploads that OSS is still checking.
const CONNECT: Duration = Duration::from_secs(5);
const FIRST_BYTE: Duration = Duration::from_secs(20);
const BETWEEN_BYTES: Duration = Duration::from_secs(20);
/// Enough for three attempts that each time out before the first byte.
const OPERATION: Duration = Duration::from_secs(60);
const ATTEMPTS: u8 = 3;
/// The maximum time, in milliseconds: a day. More is probably a wrong unit.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

impl Config {
    /// Checks everything that can be checked without sending a request.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn check(self) -> Result<Settings, ConfigProblem> {
        check_bucket(&self.bucket)?;
        check_region(&self.region)?;
        let credentials = self.credentials.check()?.with_roles(self.roles)?;
        let endpoint = self.endpoint.unwrap_or(Endpoint::Public);
        let addressing = self.addressing.unwrap_or(Addressing::Automatic);
        let target = Target::resolve(&self.bucket, &self.region, &endpoint, addressing, self.secure)?;
        let root = Root::parse(self.root.as_deref().unwrap_or_default())
            .map_err(|problem| ConfigProblem::new("root", problem.to_string()))?;
        let attempts = match self.attempts {
            None => ATTEMPTS,
            Some(attempts @ 1..=10) => attempts,
            Some(other) => return Err(ConfigProblem::new("attempts", format!("is {other}, and 1 to 10 can be used"))),
        };
        let timeouts = Timeouts {
            connect: time("timeouts.connect", self.timeouts.connect, CONNECT)?,
            first_byte: time("timeouts.first-byte", self.timeouts.first_byte, FIRST_BYTE)?,
            between_bytes: time("timeouts.between-bytes", self.timeouts.between_bytes, BETWEEN_BYTES)?,
            operation: time("timeouts.operation", self.timeouts.operation, OPERATION)?,
        };
        Ok(Settings {
            bucket: self.bucket,
            region: self.region,
            target,
            root,
            signature: self.signature.unwrap_or(SignatureVersion::V4),
            credentials,
            timeouts,
            attempts,
            acl: self.acl.unwrap_or_default(),
        })
    }
}

/// OSS documentation: *Bucket naming*.
fn check_bucket(bucket: &str) -> Result<(), ConfigProblem> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if (3..=63).contains(&bucket.len())
        && bucket.chars().all(|c| inner(c) || c == '-')
        && bucket.starts_with(inner)
        && bucket.ends_with(inner)
    {
        return Ok(());
    }
    let rule = "3 to 63 of a-z, 0-9 and -, with a letter or digit at both ends";
    Err(ConfigProblem::new("bucket", format!("{bucket:?} is no bucket's name: {rule}")))
}

/// Checks a region's name.
///
/// # Errors
/// Says what is wrong with the name. If it is the name of an endpoint, also says which region and endpoint are meant.
pub fn check_region(region: &str) -> Result<(), ConfigProblem> {
    if let Some(reason) = endpoint_for_region(region) {
        return Err(ConfigProblem::new("region", reason));
    }
    if is_region(region) {
        return Ok(());
    }
    Err(ConfigProblem::new("region", format!("{region:?} is no region: give cn-hangzhou, say")))
}

fn is_region(region: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !region.is_empty() && region.len() <= 63 && region.chars().all(plain)
}

/// If an endpoint is given as the region: the advice what to write instead.
fn endpoint_for_region(given: &str) -> Option<String> {
    let name = given.split_once("://").map_or(given, |(_, host)| host).trim_end_matches('/');
    let host = name.strip_suffix(".aliyuncs.com");
    let name = host.unwrap_or(name);
    let name = name.strip_prefix("oss-").unwrap_or(name);
    let says = |region: &str, endpoint: &str| {
        format!("{given:?} names an endpoint: the region is {region:?}, and the endpoint {endpoint:?}")
    };
    match name {
        "accelerate" | "accelerate-overseas" | "public" | "internal" | "dual-stack" => Some(format!(
            "{given:?} names an endpoint: give {name:?} as the endpoint, and the bucket's own region, such as \"cn-hangzhou\""
        )),
        name if name == given && host.is_none() => {
            let region = name.strip_suffix("-internal").filter(|region| is_region(region))?;
            Some(says(region, "internal"))
        }
        name => {
            if let Some(region) = name.strip_suffix("-internal").filter(|region| is_region(region)) {
                return Some(says(region, "internal"));
            }
            if let Some(region) = name.strip_suffix(".oss").filter(|region| is_region(region)) {
                return Some(says(region, "dual-stack"));
            }
            let region = name.rsplit('.').next()?;
            let region = region.strip_prefix("oss-").unwrap_or(region);
            is_region(region).then(|| format!("{given:?} names an endpoint: the region is {region:?}"))
        }
    }
}

fn time(field: &'static str, given: Option<u64>, default: Duration) -> Result<Duration, ConfigProblem> {
    match given {
        None => Ok(default),
        Some(milliseconds @ 1..=LONGEST) => Ok(Duration::from_millis(milliseconds)),
        Some(other) => {
            Err(ConfigProblem::new(field, format!("is {other} ms, and 1 ms to {LONGEST} ms (a day) can be used")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;

    fn credentials(access_key_id: &str) -> CredentialSource {
        CredentialSource::Static(Credentials {
            access_key_id: access_key_id.into(),
            access_key_secret: String::from("secret").into(),
            security_token: None,
        })
    }

    fn config() -> Config {
        Config {
            bucket: "certificates".into(),
            region: "cn-hangzhou".into(),
            endpoint: None,
            addressing: None,
            secure: None,
            root: None,
            signature: None,
            credentials: credentials("id"),
            roles: Vec::new(),
            timeouts: TimeoutOptions::default(),
            attempts: None,
            acl: None,
        }
    }

    #[test]
    fn defaults() {
        let settings = config().check().unwrap();
        assert_eq!(&*settings.target.authority, "certificates.oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(settings.signature, SignatureVersion::V4);
        assert_eq!(settings.attempts, 3);
        assert_eq!(settings.timeouts.operation, Duration::from_secs(60));
    }

    /// 4.6: whoever writes an endpoint for the region is told what to write, and nothing that is refused in turn.
    #[test]
    fn an_endpoint_in_place_of_the_region_is_told_apart() {
        for (given, parts) in [
            ("oss-cn-hangzhou", &["the region is \"cn-hangzhou\""][..]),
            ("cn-hangzhou-internal", &["the region is \"cn-hangzhou\"", "the endpoint \"internal\""]),
            ("oss-cn-hangzhou-internal", &["the region is \"cn-hangzhou\"", "the endpoint \"internal\""]),
            ("oss-cn-hangzhou-internal.aliyuncs.com", &["the region is \"cn-hangzhou\"", "the endpoint \"internal\""]),
            ("https://oss-cn-hangzhou.aliyuncs.com/", &["the region is \"cn-hangzhou\""]),
            ("bkt.oss-cn-hangzhou.aliyuncs.com", &["the region is \"cn-hangzhou\""]),
            ("cn-hangzhou.oss.aliyuncs.com", &["the region is \"cn-hangzhou\"", "the endpoint \"dual-stack\""]),
            ("oss-accelerate", &["give \"accelerate\" as the endpoint", "the bucket's own region"]),
            ("oss-accelerate-overseas.aliyuncs.com", &["give \"accelerate-overseas\" as the endpoint"]),
            ("internal", &["give \"internal\" as the endpoint"]),
        ] {
            let problem = check_region(given).unwrap_err();
            assert!(parts.iter().all(|part| problem.reason.contains(part)), "{problem}");
        }
        for region in ["cn-hangzhou", "us-west-1", "ap-southeast-1", "cn-hzfinance", "cn-hangzhou-finance"] {
            assert_eq!(check_region(region), Ok(()));
        }
    }

    #[test]
    fn every_field_is_named() {
        type Change = fn(&mut Config);
        let cases: [(&str, Change); 14] = [
            ("bucket", |c| c.bucket = String::new()),
            ("bucket", |c| c.bucket = "ab".into()),
            ("bucket", |c| c.bucket = "a".repeat(64)),
            ("bucket", |c| c.bucket = "Certificates".into()),
            ("bucket", |c| c.bucket = "-certificates".into()),
            ("bucket", |c| c.bucket = "a/../b".into()),
            ("region", |c| c.region = String::new()),
            ("region", |c| c.region = "oss-cn-hangzhou".into()),
            ("region", |c| c.region = "cn hangzhou".into()),
            ("credentials.access-key-id", |c| c.credentials = credentials("a b")),
            ("root", |c| c.root = Some("../x".into())),
            ("attempts", |c| c.attempts = Some(0)),
            ("timeouts.connect", |c| c.timeouts.connect = Some(0)),
            ("timeouts.operation", |c| c.timeouts.operation = Some(u64::MAX)),
        ];
        for (field, change) in cases {
            let mut config = config();
            change(&mut config);
            assert_eq!(config.check().unwrap_err().field, field);
        }
    }
}
