//! A bucket, how to reach it and who asks.

use super::acl::ObjectAcl;
use super::addressing::Addressing;
use super::blobs::BlobOptions;
use super::certificates::CertificateOptions;
use super::credential_source::CredentialSource;
use super::encryption::Encryption;
use super::endpoint::Endpoint;
use super::locks::LockOptions;
use super::origin::Origin;
use super::signature::SignatureVersion;
use super::timeouts::Timeouts;
use crate::error::{ConfigProblem, StorageError};
use serde::Deserialize;
use std::fmt;

/// A bucket, how to reach it and who asks.
///
/// ```
/// use ossicle::{Config, Credentials, Endpoint};
///
/// let config = Config::new("certificates", "cn-hangzhou", Credentials::new("LTAI-id", "hush"))
///     .endpoint(Endpoint::Internal)
///     .root("production");
/// assert!(!format!("{config:?}").contains("hush"));
/// ```
///
/// It can be read from a file in the same words, in kebab-case:
///
/// ```
/// let config: ossicle::Config = toml::from_str(r#"
///     bucket = "certificates"
///     region = "cn-hangzhou"
///     endpoint = "internal"          # or a host, "http://127.0.0.1:9000"
///     [credentials]
///     access-key-id = "LTAI-id"
///     access-key-secret = "secret"
///     [timeouts]
///     connect = "2s"                 # or milliseconds, 2000
/// "#).unwrap();
/// assert_eq!(config.bucket, "certificates");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The bucket's name: 3 to 63 of `a-z`, `0-9` and `-`, a letter or digit at both ends.
    pub bucket: String,
    /// The bucket's region as signatures name it: `cn-hangzhou`, not `oss-cn-hangzhou`.
    pub region: String,
    /// Which of OSS's hosts serves the bucket. Default: the public one.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// Where the bucket's name stands in a request.
    #[serde(default)]
    pub addressing: Addressing,
    /// HTTPS or plain HTTP. Default: as a custom endpoint's scheme says, HTTPS where there is none.
    #[serde(default)]
    pub secure: Option<bool>,
    /// A prefix before every key, so that a bucket can be shared.
    #[serde(default)]
    pub root: Option<String>,
    /// How requests are signed.
    #[serde(default)]
    pub signature: SignatureVersion,
    /// Who asks.
    pub credentials: CredentialSource,
    /// Encryption of certificate values; blobs are kept as they are. Default: none.
    #[serde(default)]
    pub encryption: Option<Encryption>,
    /// How OSS keeps certificates.
    #[serde(default)]
    pub certificates: CertificateOptions,
    /// How blobs are stored.
    #[serde(default)]
    pub blobs: BlobOptions,
    /// How long to wait.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How often a request is sent at most, the first time included: 1 to 10. Default 3.
    #[serde(default)]
    pub attempts: Option<u8>,
    /// The ACL of what is written. Default: private.
    #[serde(default)]
    pub acl: ObjectAcl,
    /// Options of locks.
    #[serde(default)]
    pub locks: LockOptions,
}

impl Config {
    /// A bucket reached as OSS's SDKs do by default.
    pub fn new(bucket: impl Into<String>, region: impl Into<String>, credentials: impl Into<CredentialSource>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            endpoint: Endpoint::default(),
            addressing: Addressing::default(),
            secure: None,
            root: None,
            signature: SignatureVersion::default(),
            credentials: credentials.into(),
            encryption: None,
            certificates: CertificateOptions::default(),
            blobs: BlobOptions::default(),
            timeouts: Timeouts::default(),
            attempts: None,
            acl: ObjectAcl::default(),
            locks: LockOptions::default(),
        }
    }

    /// Which of OSS's hosts serves the bucket.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Where the bucket's name stands in a request.
    pub fn addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = addressing;
        self
    }

    /// HTTPS (true) or plain HTTP (false).
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = Some(secure);
        self
    }

    /// A prefix before every key.
    pub fn root(mut self, root: impl Into<String>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// How requests are signed.
    pub fn signature(mut self, signature: SignatureVersion) -> Self {
        self.signature = signature;
        self
    }

    /// Encrypts certificate values.
    pub fn encryption(mut self, encryption: Encryption) -> Self {
        self.encryption = Some(encryption);
        self
    }

    /// How OSS keeps certificates.
    pub fn certificates(mut self, options: CertificateOptions) -> Self {
        self.certificates = options;
        self
    }

    /// How blobs are stored.
    pub fn blobs(mut self, options: BlobOptions) -> Self {
        self.blobs = options;
        self
    }

    /// How long to wait.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often a request is sent at most, the first time included: 1 to 10.
    pub fn attempts(mut self, attempts: u8) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The ACL of what is written.
    pub fn acl(mut self, acl: ObjectAcl) -> Self {
        self.acl = acl;
        self
    }

    /// Options of locks.
    pub fn locks(mut self, locks: LockOptions) -> Self {
        self.locks = locks;
        self
    }

    /// The only place requests may go to: what the component makes of the same config.
    ///
    /// Fails where the config can't name one host for certain, so that nothing in it can widen the allow-list.
    pub(crate) fn origin(&self) -> Result<Origin, ConfigProblem> {
        self.place().map(|(origin, _)| origin)
    }

    /// The same, and how the bucket is addressed there, which is never [`Addressing::Automatic`].
    pub(crate) fn place(&self) -> Result<(Origin, Addressing), ConfigProblem> {
        Origin::of(self)
    }

    /// A refusal of the component's, which knows no files, with the file it is about.
    pub(crate) fn with_files(&self, error: StorageError) -> StorageError {
        let StorageError::InvalidConfig(mut problem) = error else { return error };
        let encryption = self.encryption.as_ref();
        let file = match (problem.field.as_str(), self.credentials.innermost()) {
            ("encryption.key-set", _) => encryption.and_then(|encryption| encryption.key_set.path()),
            ("encryption.key-encryption.key-set", _) => {
                encryption.and_then(|encryption| encryption.key_encryption.as_ref()?.key_set.path())
            }
            ("credentials.token", CredentialSource::OidcRole(role)) => role.token.path(),
            _ => None,
        };
        if let Some(file) = file {
            problem.reason.push_str(&format!(" (in the file {})", file.display()));
        }
        StorageError::InvalidConfig(problem)
    }

    /// For a program that keeps nothing but blobs, which are never encrypted by the component: refuses a config that asks for
    /// encryption, so that it is not left unheeded.
    pub fn refuse_encryption(&self) -> Result<(), ConfigProblem> {
        match self.encryption {
            None => Ok(()),
            Some(_) => Err(ConfigProblem::new("encryption", "is for certificates only: nothing else is encrypted")),
        }
    }
}

impl fmt::Display for Config {
    /// The bucket and where it is, in one line and without a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin() {
            Ok(origin) => write!(f, "bucket {} at {origin}", self.bucket),
            Err(problem) => write!(f, "bucket {} ({problem})", self.bucket),
        }
    }
}
