//! Upstream's parameters (`FromParameters`), as a registry's configuration contains them.

use super::endpoint::{ParsedEndpoint, parse_endpoint};
use super::options::{BlobOptions, Options};
use super::part_size::MAX_HELD_PART;
use crate::config::{Config, Settings, SignatureVersion, TimeoutOptions};
use crate::credentials::{CredentialSource, Credentials};
use crate::endpoint::{Addressing, Endpoint};
use crate::error::ConfigProblem;
use crate::key::Root;
use crate::oss::{ObjectAcl, ServerSideEncryption};

/// All parameters: upstream's, and four new ones: `objectacl`, `signature`, `securitytoken` for a temporary access key,
/// and `urlendpoint` for the host of signed URLs.
const NAMES: [&str; 15] = [
    "accesskeyid",
    "accesskeysecret",
    "region",
    "bucket",
    "internal",
    "encrypt",
    "encryptionkeyid",
    "secure",
    "chunksize",
    "rootdirectory",
    "endpoint",
    "objectacl",
    "signature",
    "securitytoken",
    "urlendpoint",
];

/// The texts that YAML 1.1 takes for true and for false (*Boolean Language-Independent Type*): a registry reads its
/// parameters as YAML, including those from its environment.
const TRUE: [&str; 11] = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"];
const FALSE: [&str; 11] = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"];

/// Upstream's minimum.
const MIN_CHUNK: u64 = 5 << 20;

/// Upstream's parameters, by name.
pub struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Checks the names of parameters.
    ///
    /// # Errors
    /// Names the first that is unknown or given twice.
    pub fn new(given: Vec<(String, String)>) -> Result<Self, ConfigProblem> {
        let mut parameters = Vec::with_capacity(NAMES.len());
        for (name, value) in given {
            let Some(known) = NAMES.into_iter().find(|known| **known == *name) else {
                let reason = format!("there is no parameter {name:?}; there are {}", NAMES.join(", "));
                return Err(ConfigProblem::new("parameters", reason));
            };
            if parameters.iter().any(|(earlier, _)| *earlier == known) {
                return Err(ConfigProblem::new(known, "is given twice"));
            }
            parameters.push((known, value));
        }
        Ok(Self(parameters))
    }

    /// Converts the parameters into settings and options.
    ///
    /// # Errors
    /// Names the first that is missing or can't work.
    pub fn check(mut self) -> Result<(Settings, Options), ConfigProblem> {
        let bucket = self.required("bucket")?.to_ascii_lowercase();
        let region = self.required("region")?;
        let region = region.strip_prefix("oss-").map(str::to_owned).unwrap_or(region);
        let internal = self.boolean("internal")?.unwrap_or(false);
        let usual = if internal { Endpoint::Internal } else { Endpoint::Public };
        let parsed = match self.optional("endpoint") {
            Some(given) => parse_endpoint(&given, &bucket)?,
            None => ParsedEndpoint { endpoint: usual, addressing: Addressing::Automatic, region: None },
        };
        let encrypt = self.boolean("encrypt")?.unwrap_or(false);
        let encryption = match self.optional("encryptionkeyid") {
            Some(id) => Some(ServerSideEncryption::Kms { key_id: Some(id), sm4: false }),
            None => encrypt.then_some(ServerSideEncryption::Aes256),
        };
        // Keep the directory as it is written, as upstream does: a normalised one would name other objects.
        let root = Root::verbatim(&self.optional("rootdirectory").unwrap_or_default())
            .map_err(|problem| ConfigProblem::new("rootdirectory", problem.to_string()))?;
        let (url_endpoint, url_addressing) = match self.optional("urlendpoint") {
            None => (None, None),
            Some(given) => {
                let renamed = |problem: ConfigProblem| ConfigProblem::new("urlendpoint", problem.reason);
                let parsed = parse_endpoint(&given, &bucket).map_err(renamed)?;
                (Some(parsed.endpoint), Some(parsed.addressing))
            }
        };
        let part_size = self.chunk_size()?;
        let options = BlobOptions { part_size, encryption, url_endpoint, url_addressing, ..BlobOptions::default() };
        let config = Config {
            bucket,
            region: parsed.region.unwrap_or(region),
            endpoint: Some(parsed.endpoint),
            addressing: Some(parsed.addressing),
            secure: self.boolean("secure")?,
            root: None,
            signature: self.signature()?,
            credentials: CredentialSource::Static(Credentials {
                access_key_id: self.required("accesskeyid")?,
                access_key_secret: self.required("accesskeysecret")?.into(),
                security_token: self.optional("securitytoken").map(Into::into),
            }),
            roles: Vec::new(),
            timeouts: TimeoutOptions::default(),
            attempts: None,
            acl: self.acl()?,
        };
        let settings = config.check().map_err(|problem| {
            let name = match problem.field {
                "addressing" => "endpoint",
                "credentials.access-key-id" => "accesskeyid",
                "credentials.access-key-secret" => "accesskeysecret",
                "credentials.security-token" => "securitytoken",
                other => other,
            };
            ConfigProblem::new(name, problem.reason)
        })?;
        let options = options.check(&settings).map_err(|problem| {
            let name = match problem.field {
                "encryption.kms.key-id" => "encryptionkeyid",
                "url-endpoint" | "url-addressing" => "urlendpoint",
                other => other,
            };
            ConfigProblem::new(name, problem.reason)
        })?;
        Ok((Settings { root, ..settings }, options))
    }

    fn required(&mut self, name: &'static str) -> Result<String, ConfigProblem> {
        self.optional(name).ok_or_else(|| ConfigProblem::new(name, "must be given"))
    }

    /// Takes a parameter's value; an empty one counts as missing.
    fn optional(&mut self, name: &str) -> Option<String> {
        self.remove(name).filter(|value| !value.is_empty())
    }

    fn remove(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(given, _)| *given == name)?;
        Some(self.0.swap_remove(at).1)
    }

    fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, ConfigProblem> {
        match self.remove(name).as_deref() {
            None => Ok(None),
            Some(text) if TRUE.contains(&text) => Ok(Some(true)),
            Some(text) if FALSE.contains(&text) => Ok(Some(false)),
            Some(other) => Err(ConfigProblem::new(name, format!("is {other:?}, and true or false can be used"))),
        }
    }

    fn signature(&mut self) -> Result<Option<SignatureVersion>, ConfigProblem> {
        match self.optional("signature").as_deref() {
            None => Ok(None),
            Some("v4") => Ok(Some(SignatureVersion::V4)),
            Some("v1") => Ok(Some(SignatureVersion::V1)),
            Some(other) => Err(ConfigProblem::new("signature", format!("is {other:?}, and v4 or v1 can be used"))),
        }
    }

    fn acl(&mut self) -> Result<Option<ObjectAcl>, ConfigProblem> {
        match self.optional("objectacl").as_deref() {
            None => Ok(None),
            Some("private") => Ok(Some(ObjectAcl::Private)),
            Some("default") => Ok(Some(ObjectAcl::Default)),
            Some(other) => {
                Err(ConfigProblem::new("objectacl", format!("is {other:?}, and private or default can be used")))
            }
        }
    }

    fn chunk_size(&mut self) -> Result<Option<u64>, ConfigProblem> {
        let Some(text) = self.remove("chunksize") else { return Ok(None) };
        let reason = match number(&text) {
            Some(size) if (MIN_CHUNK..=MAX_HELD_PART).contains(&size) => return Ok(Some(size)),
            Some(size) => format!("is {size}, and {MIN_CHUNK} to {MAX_HELD_PART} bytes can be used"),
            None => format!("{text:?} is no number of bytes: give 10485760, say"),
        };
        Err(ConfigProblem::new("chunksize", reason))
    }
}

/// Parses a number as Go's `strconv.ParseInt` does with base 0.
pub(super) fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.strip_prefix('0') {
        Some(rest) if rest.starts_with('x') => (rest.strip_prefix('x')?, 16),
        Some(rest) if rest.starts_with('b') => (rest.strip_prefix('b')?, 2),
        Some(rest) if rest.starts_with('o') => (rest.strip_prefix('o')?, 8),
        Some(rest) if !rest.is_empty() => (rest, 8),
        _ => (lower.as_str(), 10),
    };
    // An underscore is allowed between two digits, and between the base's prefix and a digit.
    let is_odd = digits.ends_with('_') || digits.contains("__") || (base == 10 && digits.starts_with('_'));
    let plain = digits.replace('_', "");
    let is_plain = !plain.is_empty() && plain.chars().all(|c| c.is_digit(base));
    if is_odd || !is_plain { None } else { u64::from_str_radix(&plain, base).ok() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn check(changes: &[(&str, &str)]) -> Result<(Settings, Options), ConfigProblem> {
        let mut given: BTreeMap<&str, &str> = BTreeMap::from([
            ("accesskeyid", "id"),
            ("accesskeysecret", "canary-secret"),
            ("region", "oss-cn-hangzhou"),
            ("bucket", "Registry"),
        ]);
        for (name, value) in changes {
            if *value == "<none>" {
                given.remove(name)
            } else {
                given.insert(name, value)
            };
        }
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Parameters::new(given)?.check()
    }

    #[test]
    fn defaults() {
        let (settings, options) = check(&[]).unwrap();
        assert!(settings.target.secure);
        assert_eq!(&*settings.target.authority, "registry.oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(settings.region, "cn-hangzhou");
        assert_eq!(settings.root.directory(None).unwrap(), "");
        assert_eq!(options.part_size, 10 << 20);
        assert_eq!(settings.acl, ObjectAcl::Private);
        assert_eq!(options.attributes, crate::oss::Attributes::default());
    }

    #[test]
    fn each_has_its_effect() {
        let (settings, _) = check(&[("internal", "true"), ("secure", "false")]).unwrap();
        assert_eq!(&*settings.target.authority, "registry.oss-cn-hangzhou-internal.aliyuncs.com");
        assert!(!settings.target.secure);
        let (settings, _) = check(&[("internal", "true"), ("endpoint", "http://127.0.0.1:9000")]).unwrap();
        assert_eq!((&*settings.target.authority, settings.target.secure), ("127.0.0.1:9000", false));
        for root in ["docker/v2", "/docker/v2/", "docker/v2/"] {
            let (settings, _) = check(&[("rootdirectory", root)]).unwrap();
            assert_eq!(settings.root.directory(None).unwrap(), "docker/v2/");
        }
        for root in ["", "/"] {
            assert_eq!(check(&[("rootdirectory", root)]).unwrap().0.root.directory(None).unwrap(), "");
        }
        for (given, acl) in [("", ObjectAcl::Private), ("private", ObjectAcl::Private), ("default", ObjectAcl::Default)]
        {
            assert_eq!(check(&[("objectacl", given)]).unwrap().0.acl, acl, "{given:?}");
        }
        for root in ["docker//v2", "./docker", "docker/./v2/"] {
            let (settings, _) = check(&[("rootdirectory", root)]).unwrap();
            assert_eq!(settings.root.directory(None).unwrap(), [root.trim_end_matches('/'), "/"].concat(), "6.5");
        }
        for (text, secure) in TRUE.map(|text| (text, true)).into_iter().chain(FALSE.map(|text| (text, false))) {
            assert_eq!(check(&[("secure", text)]).unwrap().0.target.secure, secure, "6.5, 4.12: {text}");
        }
        let (settings, _) = check(&[("endpoint", "registry.oss-cn-beijing.aliyuncs.com")]).unwrap();
        assert_eq!(settings.region, "cn-beijing", "6.5: as upstream, which did not heed the parameter region here");
        assert_eq!(check(&[]).unwrap().0.signature, SignatureVersion::V4);
        let token = |changes: &[(&str, &str)]| match check(changes).unwrap().0.credentials {
            crate::credentials::CheckedSource::Static(credentials) => {
                credentials.security_token.map(|token| token.to_string())
            }
            _ => None,
        };
        assert_eq!(token(&[("securitytoken", "t-1")]).as_deref(), Some("t-1"));
        assert_eq!((token(&[]), token(&[("securitytoken", "")])), (None, None));
        for (given, url) in [
            ("", "https://registry.oss-cn-hangzhou-internal.aliyuncs.com/?"),
            ("registry.oss-cn-hangzhou.aliyuncs.com", "https://registry.oss-cn-hangzhou.aliyuncs.com/?"),
            ("oss-accelerate.aliyuncs.com", "https://registry.oss-accelerate.aliyuncs.com/?"),
            ("https://cdn.example.com/", "https://cdn.example.com/?"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/registry/?"),
        ] {
            let (_, options) = check(&[("internal", "true"), ("urlendpoint", given)]).unwrap();
            assert_eq!(options.url_target.url(None, ""), url, "{given}");
        }
        assert_eq!(check(&[("signature", "v1")]).unwrap().0.signature, SignatureVersion::V1, "6.5");
        let headers = |changes: &[(&str, &str)]| {
            let options = check(changes).unwrap().1;
            options.attributes.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(headers(&[("encrypt", "true")]), ["x-oss-server-side-encryption: AES256"]);
        assert_eq!(headers(&[("encrypt", "false"), ("encryptionkeyid", "")]), [""; 0]);
        let kms = ["x-oss-server-side-encryption: KMS", "x-oss-server-side-encryption-key-id: k-1"];
        assert_eq!(headers(&[("encryptionkeyid", "k-1")]), kms);
        assert_eq!(headers(&[("encryptionkeyid", "k-1"), ("encrypt", "true")]), kms);
        for (text, size) in [
            ("5242880", 5 << 20),
            ("0x800000", 8 << 20),
            ("0o40000000", 8 << 20),
            ("040000000", 8 << 20),
            ("10_485_760", 10 << 20),
            ("0b10100000000000000000000000", 40 << 20),
        ] {
            assert_eq!(check(&[("chunksize", text)]).unwrap().1.part_size, size, "{text}");
        }
    }

    #[test]
    fn problems_name_the_parameter() {
        for (name, value, said) in [
            ("accesskeyid", "<none>", "must be given"),
            ("accesskeyid", "", "must be given"),
            ("accesskeyid", "a b", "character"),
            ("accesskeysecret", "<none>", "must be given"),
            ("region", "<none>", "must be given"),
            ("region", "oss cn", "no region"),
            ("bucket", "<none>", "must be given"),
            ("bucket", "a", "no bucket's name"),
            ("internal", "yEs", "true or false"),
            ("encrypt", "1", "true or false"),
            ("encryptionkeyid", "a b", "no key's id"),
            ("secure", "", "true or false"),
            ("signature", "v2", "v4 or v1"),
            ("securitytoken", "a\nb", "character"),
            ("chunksize", "5M", "no number"),
            ("chunksize", "", "no number"),
            ("chunksize", "-1", "no number"),
            ("chunksize", "10485760.0", "no number"),
            ("chunksize", "1__0", "no number"),
            ("chunksize", "08", "no number"),
            ("chunksize", "5242879", "5242880 to 536870912"),
            ("chunksize", "18446744073709551615", "5242880 to 536870912"),
            ("rootdirectory", "a\nb", "control character"),
            ("rootdirectory", "\\a", "backslash"),
            ("objectacl", "public-read", "private or default"),
            ("endpoint", "other.oss-cn-hangzhou.aliyuncs.com", "names the bucket"),
            ("endpoint", "https://oss-cn-hangzhou.aliyuncs.com/registry", "has a path"),
            ("urlendpoint", "other.oss-cn-hangzhou.aliyuncs.com", "names the bucket"),
            ("urlendpoint", "https://cdn.example.com/registry", "has a path"),
        ] {
            let problem = check(&[(name, value)]).unwrap_err();
            assert_eq!(problem.field, name, "{value}: {problem}");
            assert!(problem.reason.contains(said), "{name}={value}: {problem}");
        }
        let problem = check(&[("endpoint", "http://registry.example.com"), ("secure", "true")]).unwrap_err();
        assert_eq!(problem.field, "secure");
        let unknown = check(&[("accesskey", "id")]).unwrap_err();
        assert!(unknown.reason.contains("\"accesskey\"") && unknown.reason.contains("accesskeyid"), "{unknown}");
        let twice = vec![("bucket".to_owned(), "a".to_owned()), ("bucket".to_owned(), "b".to_owned())];
        assert_eq!(Parameters::new(twice).err().unwrap().field, "bucket");
    }
}
