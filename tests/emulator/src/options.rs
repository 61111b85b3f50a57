//! The command line of the emulator.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::auth::AccessKey;
use crate::builder::{Builder, StartError};
use crate::emulator::Emulator;
use crate::ending::Ending;
use crate::ram::{OidcToken, Role};
use crate::spec::BucketSpec;
use crate::store::Versioning;

/// Options of the emulator.
///
/// The admin controls speak JSON over HTTP: GET /stats, GET /requests, POST /reset, GET|POST|DELETE /faults,
/// DELETE /faults/ID, GET|PUT /clock, GET|PUT /latency, PUT /ram, POST|DELETE /oidc-tokens.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000", env = "OSS_EMULATOR_LISTEN")]
    pub listen: SocketAddr,

    /// Where to listen for the admin controls (JSON over HTTP: GET /stats, GET /requests, POST /reset,
    /// GET|POST|DELETE /faults, DELETE /faults/ID, GET|PUT /clock, GET|PUT /latency, PUT /ram, POST|DELETE /oidc-tokens).
    #[arg(long, value_name = "ADDRESS", env = "OSS_EMULATOR_ADMIN")]
    pub admin: Option<SocketAddr>,

    /// A bucket to have, as NAME, NAME:REGION, NAME:versioned or NAME:REGION:versioned; may be repeated. Without any there
    /// is one named "ossicle".
    #[arg(long = "bucket", value_name = "BUCKET")]
    pub buckets: Vec<BucketArg>,

    /// An access key to know, as ID:SECRET or ID:SECRET:TOKEN; may be repeated. Without any there is ossicle:ossicle-secret.
    #[arg(long = "key", value_name = "KEY")]
    pub keys: Vec<KeyArg>,

    /// The region of buckets that name none.
    #[arg(long, value_name = "REGION", default_value = Builder::DEFAULT_REGION)]
    pub region: String,

    /// A folder to keep everything in; without one, everything is in memory. What was answered has reached the disk and
    /// survives a power cut. No other emulator can use the folder at the same time.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Do not wait until the disk has what is written to the data folder: faster, and a power cut may cost the newest
    /// objects. The end of the emulator itself, by a signal or by a crash, costs nothing.
    #[arg(long, requires = "data")]
    pub no_sync: bool,

    /// A domain to serve besides localhost: path-style on it, and its subdomains are buckets; may be repeated.
    #[arg(long = "domain", value_name = "DOMAIN")]
    pub domains: Vec<String>,

    /// A custom domain of a bucket, as DOMAIN=BUCKET; may be repeated.
    #[arg(long = "cname", value_name = "DOMAIN=BUCKET")]
    pub cnames: Vec<CnameArg>,

    /// Where the metadata service of an ECS instance listens; it gives out credentials of the first --role.
    #[arg(long, value_name = "ADDRESS")]
    pub metadata: Option<SocketAddr>,

    /// Where STS listens; it knows AssumeRoleWithOIDC.
    #[arg(long, value_name = "ADDRESS")]
    pub sts: Option<SocketAddr>,

    /// A RAM role to know, as NAME or NAME:SECONDS, the time for which the metadata service's credentials hold; may be
    /// repeated. Without any there is one named "ossicle".
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<RoleArg>,

    /// A token of the OpenID Connect provider "ossicle" that STS takes; may be repeated.
    #[arg(long = "oidc-token", value_name = "TEXT", hide_env_values = true, env = "OSS_EMULATOR_OIDC_TOKEN")]
    pub oidc_tokens: Vec<String>,

    /// A PEM file with STS's certificate, and those between it and a root: STS speaks TLS.
    #[arg(long, value_name = "FILE", requires_all = ["sts", "sts_key"])]
    pub sts_certificate: Option<PathBuf>,

    /// A PEM file with the certificate's private key.
    #[arg(long, value_name = "FILE", requires = "sts_certificate")]
    pub sts_key: Option<PathBuf>,

    /// Delay of every request, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
}

/// An option cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct BadOption(&'static str);

/// `NAME[:REGION][:versioned]`.
#[derive(Clone, Debug)]
pub struct BucketArg(BucketSpec);

impl FromStr for BucketArg {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = BadOption("NAME[:REGION][:versioned]");
        let mut parts = text.split(':');
        let mut spec = BucketSpec::new(parts.next().filter(|name| !name.is_empty()).ok_or(bad.clone())?);
        for part in parts {
            spec = match part {
                "" => return Err(bad),
                "versioned" => spec.versioning(Versioning::Enabled),
                region => spec.region(region),
            };
        }
        Ok(Self(spec))
    }
}

/// `ID:SECRET[:TOKEN]`.
#[derive(Clone, Debug)]
pub struct KeyArg(AccessKey);

impl FromStr for KeyArg {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        match parts[..] {
            [id, secret] if !id.is_empty() && !secret.is_empty() => Ok(Self(AccessKey::new(id, secret))),
            [id, secret, token] if !id.is_empty() && !secret.is_empty() && !token.is_empty() => {
                Ok(Self(AccessKey::new(id, secret).token(token)))
            }
            _ => Err(BadOption("ID:SECRET[:TOKEN]")),
        }
    }
}

/// `NAME[:SECONDS]`.
#[derive(Clone, Debug)]
pub struct RoleArg(Role);

impl FromStr for RoleArg {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, seconds) = text.split_once(':').map_or((text, None), |(name, seconds)| (name, Some(seconds)));
        let life = seconds.map(|seconds| seconds.parse().ok().filter(|seconds| *seconds > 0));
        match (name, life) {
            ("", _) | (_, Some(None)) => Err(BadOption("NAME[:SECONDS]")),
            (name, None) => Ok(Self(Role::new(name))),
            (name, Some(Some(seconds))) => Ok(Self(Role::new(name).life(Duration::from_secs(seconds)))),
        }
    }
}

/// `DOMAIN=BUCKET`.
#[derive(Clone, Debug)]
pub struct CnameArg(String, String);

impl FromStr for CnameArg {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (domain, bucket) = text.split_once('=').ok_or(BadOption("DOMAIN=BUCKET"))?;
        Ok(Self(domain.to_owned(), bucket.to_owned()))
    }
}

/// The emulator could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not be started.
    #[error("the emulator cannot start")]
    Start(#[from] StartError),
    /// STS's certificate or key cannot be used.
    #[error("the certificate of STS cannot be used: {0}")]
    Certificate(String),
    /// Ctrl-C and SIGTERM cannot be waited for.
    #[error("cannot wait for signals")]
    Signal(#[source] std::io::Error),
}

impl Options {
    /// The emulator these options describe.
    pub fn builder(&self) -> Builder {
        let mut builder =
            Emulator::builder().listen(self.listen).region(&self.region).latency(Duration::from_millis(self.latency));
        if let Some(address) = self.admin {
            builder = builder.admin(address);
        }
        if let Some(folder) = &self.data {
            builder = builder.data_dir(folder).sync(!self.no_sync);
        }
        if self.buckets.is_empty() {
            builder = builder.bucket(BucketSpec::new("ossicle"));
        }
        builder = self.buckets.iter().fold(builder, |builder, bucket| builder.bucket(bucket.0.clone()));
        builder = self.keys.iter().fold(builder, |builder, key| builder.key(key.0.clone()));
        builder = self.domains.iter().fold(builder, |builder, domain| builder.domain(domain));
        if let Some(address) = self.metadata {
            builder = builder.metadata(address);
        }
        if let Some(address) = self.sts {
            builder = builder.sts(address);
        }
        if self.roles.is_empty() {
            builder = builder.role(Role::new("ossicle"));
        }
        builder = self.roles.iter().fold(builder, |builder, role| builder.role(role.0.clone()));
        builder = self.oidc_tokens.iter().fold(builder, |builder, token| builder.oidc_token(OidcToken::new(token)));
        self.cnames.iter().fold(builder, |builder, cname| builder.cname(&cname.0, &cname.1))
    }

    fn sts_tls(&self) -> Result<Option<Arc<ServerConfig>>, RunError> {
        let (Some(certificate), Some(key)) = (&self.sts_certificate, &self.sts_key) else { return Ok(None) };
        let unusable = |error: &dyn std::fmt::Display| RunError::Certificate(error.to_string());
        let chain = CertificateDer::pem_file_iter(certificate).map_err(|error| unusable(&error))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(&error))?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(&error))?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        Ok(Some(Arc::new(config.map_err(|error| unusable(&error))?)))
    }

    fn key_ids(&self) -> Vec<&str> {
        if self.keys.is_empty() {
            vec![Builder::DEFAULT_KEY.0]
        } else {
            self.keys.iter().map(|key| key.0.id()).collect()
        }
    }
}

/// Runs an emulator until Ctrl-C or SIGTERM, which let requests under way finish for up to five seconds. A second one ends
/// the program at once, as it would without this.
///
/// # Errors
///
/// If it cannot start or the signals cannot be waited for.
pub async fn run(options: Options) -> Result<(), RunError> {
    let mut ending = Ending::new().map_err(RunError::Signal)?;
    let mut builder = options.builder();
    if let Some(tls) = options.sts_tls()? {
        builder = builder.sts_tls(tls);
    }
    let emulator = builder.start().await?;
    println!("OSS emulator at {}", emulator.endpoint());
    if let Some(admin) = emulator.admin_addr() {
        println!("admin at http://{admin}");
    }
    if let Some(endpoint) = emulator.metadata_endpoint() {
        println!("ECS metadata service at {endpoint}");
    }
    if let Some(endpoint) = emulator.sts_endpoint() {
        println!("STS at {endpoint}");
    }
    for name in emulator.buckets() {
        let handle = emulator.bucket(&name);
        let versioning = handle.versioning().status().map(|status| format!(", versioning {status}"));
        println!("bucket {name} in {}{}", handle.region(), versioning.unwrap_or_default());
    }
    for bad in emulator.set_aside() {
        println!("unreadable record set aside: {} ({})", bad.path.display(), bad.reason);
    }
    println!("access keys: {}", options.key_ids().join(", "));
    ending.wait().await;
    println!("stopping");
    tokio::select! {
        () = emulator.shutdown() => Ok(()),
        // As a shell reports a program that a signal ended.
        number = ending.wait() => std::process::exit(128 + number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_strictly() {
        let bucket: BucketArg = "shop:cn-beijing:versioned".parse().expect("bucket");
        assert_eq!(bucket.0.region.as_deref(), Some("cn-beijing"));
        assert_eq!(bucket.0.versioning, Versioning::Enabled);
        assert!("".parse::<BucketArg>().is_err() && "a::".parse::<BucketArg>().is_err());
        assert!("id:secret:to:ken".parse::<KeyArg>().is_ok());
        assert!("id".parse::<KeyArg>().is_err() && ":s".parse::<KeyArg>().is_err());
        assert!("web".parse::<RoleArg>().is_ok() && "web:900".parse::<RoleArg>().is_ok());
        assert!("".parse::<RoleArg>().is_err() && "web:0".parse::<RoleArg>().is_err());
        assert!("d=b".parse::<CnameArg>().is_ok() && "d".parse::<CnameArg>().is_err());
    }
}
