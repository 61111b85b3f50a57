//! The command line of the emulator.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_rustls::rustls::ServerConfig;

use crate::auth::AccessKey;
use crate::builder::{Builder, StartError};
use crate::emulator::Emulator;
use crate::ending::Ending;
use crate::ram::{OidcToken, Role};
use crate::spec::BucketSpec;
use crate::store::Versioning;
use crate::tls::{self, Made, Pair};

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

    /// An access key of another account, as ACCOUNT:ID:SECRET; may be repeated. The buckets named here belong to the first
    /// account, which lets others in by policies and ACLs.
    #[arg(long = "other-key", value_name = "KEY", requires = "keys")]
    pub other_keys: Vec<OtherKeyArg>,

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

    /// Buckets that are made through the API block public access until they are told otherwise, as those of new accounts do.
    #[arg(long)]
    pub block_public_access: bool,

    /// Speak TLS, with a certificate of its own for localhost, the address, and every --domain and --cname. It is kept in
    /// --tls-cert and --tls-key, if these are given, and used again; otherwise each start has another.
    #[arg(long)]
    pub tls: bool,

    /// A PEM file with a certificate, and those between it and a root: speak TLS with it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// A PEM file with the certificate's private key.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Where the metadata service of an ECS instance listens; it gives out credentials of the first --role.
    #[arg(long, value_name = "ADDRESS")]
    pub metadata: Option<SocketAddr>,

    /// Where STS listens; it knows AssumeRole and AssumeRoleWithOIDC.
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

/// `ACCOUNT:ID:SECRET`.
#[derive(Clone, Debug)]
pub struct OtherKeyArg(AccessKey);

impl FromStr for OtherKeyArg {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            [account, id, secret] if parts.iter().all(|part| !part.is_empty()) => {
                Ok(Self(AccessKey::new(id, secret).owner(account)))
            }
            _ => Err(BadOption("ACCOUNT:ID:SECRET")),
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
    /// A certificate or its key cannot be used.
    #[error("the TLS certificate cannot be used: {0}")]
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
        if self.block_public_access {
            builder = builder.block_public_access();
        }
        if let Some(address) = self.admin {
            builder = builder.admin(address);
        }
        if let Some(folder) = &self.data {
            builder = builder.data_dir(folder).sync(!self.no_sync);
        }
        builder = self.specs().into_iter().fold(builder, Builder::bucket);
        builder = self.keys.iter().fold(builder, |builder, key| builder.key(key.0.clone()));
        builder = self.other_keys.iter().fold(builder, |builder, key| builder.key(key.0.clone()));
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

    /// The buckets to have.
    fn specs(&self) -> Vec<BucketSpec> {
        if self.buckets.is_empty() {
            vec![BucketSpec::new("ossicle")]
        } else {
            self.buckets.iter().map(|bucket| bucket.0.clone()).collect()
        }
    }

    fn sts_tls(&self) -> Result<Option<Arc<ServerConfig>>, RunError> {
        let (Some(certificate), Some(key)) = (&self.sts_certificate, &self.sts_key) else { return Ok(None) };
        let pair = Pair { certificate: certificate.clone(), key: key.clone() };
        Ok(Some(pair.server().map_err(RunError::Certificate)?))
    }

    /// The certificate of the main port, if it speaks TLS.
    fn certificate(&self) -> Result<Option<Made>, RunError> {
        let given = self.tls_cert.clone().zip(self.tls_key.clone());
        let given = given.map(|(certificate, key)| Pair { certificate, key });
        match (self.tls, given) {
            (true, given) => Ok(Some(tls::own(given, self.hosts()).map_err(RunError::Certificate)?)),
            (false, Some(pair)) => Ok(Some(Made::of(pair))),
            (false, None) => Ok(None),
        }
    }

    /// Every name under which the main port may be asked for.
    fn hosts(&self) -> Vec<String> {
        let mut hosts = vec!["127.0.0.1".to_owned(), "::1".to_owned()];
        let address = self.listen.ip();
        if !address.is_unspecified() && !address.is_loopback() {
            hosts.push(address.to_string());
        }
        for domain in std::iter::once("localhost").chain(self.domains.iter().map(String::as_str)) {
            hosts.extend([domain.to_owned(), format!("*.{domain}")]);
            // Clients take no wildcard right below a name of one label.
            hosts.extend(self.specs().iter().map(|bucket| format!("{}.{domain}", bucket.name)));
        }
        hosts.extend(self.cnames.iter().map(|cname| cname.0.clone()));
        hosts
    }

    /// What the emulator says of itself when it runs.
    fn greeting(&self, emulator: &Emulator, certificate: Option<&Made>) -> String {
        let mut lines = vec![format!("OSS emulator at {}", emulator.endpoint())];
        lines.extend(certificate.map(|made| format!("certificate: {}", made.pair.certificate.display())));
        lines.extend(emulator.admin_addr().map(|address| format!("admin at http://{address}")));
        lines.extend(emulator.metadata_endpoint().map(|endpoint| format!("ECS metadata service at {endpoint}")));
        lines.extend(emulator.sts_endpoint().map(|endpoint| format!("STS at {endpoint}")));
        for name in emulator.buckets() {
            let handle = emulator.bucket(&name);
            let versioning = handle.versioning().status().map(|status| format!(", versioning {status}"));
            lines.push(format!("bucket {name} in {}{}", handle.region(), versioning.unwrap_or_default()));
        }
        let bad = emulator.set_aside().iter();
        lines.extend(bad.map(|bad| format!("unreadable record set aside: {} ({})", bad.path.display(), bad.reason)));
        lines.push(format!("access keys: {}\n", self.key_ids().join(", ")));
        lines.join("\n")
    }

    fn key_ids(&self) -> Vec<&str> {
        if self.keys.is_empty() {
            vec![Builder::DEFAULT_KEY.0]
        } else {
            let own = self.keys.iter().map(|key| key.0.id());
            own.chain(self.other_keys.iter().map(|key| key.0.id())).collect()
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
    let certificate = options.certificate()?;
    if let Some(made) = &certificate {
        builder = builder.tls(made.pair.server().map_err(RunError::Certificate)?);
    }
    let emulator = builder.start().await?;
    say(&options.greeting(&emulator, certificate.as_ref()));
    ending.wait().await;
    say("stopping\n");
    tokio::select! {
        () = emulator.shutdown() => Ok(()),
        // As a shell reports a program that a signal ended.
        number = ending.wait() => std::process::exit(128 + number),
    }
}

/// Writes to standard output, which may be a pipe that nobody reads any more: that ends no emulator.
fn say(text: &str) {
    let mut out = std::io::stdout();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads the output");
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
        assert!("account:id:secret".parse::<OtherKeyArg>().is_ok());
        assert!("id:secret".parse::<OtherKeyArg>().is_err() && "a::s".parse::<OtherKeyArg>().is_err());
        assert!("id".parse::<KeyArg>().is_err() && ":s".parse::<KeyArg>().is_err());
        assert!("web".parse::<RoleArg>().is_ok() && "web:900".parse::<RoleArg>().is_ok());
        assert!("".parse::<RoleArg>().is_err() && "web:0".parse::<RoleArg>().is_err());
        assert!("d=b".parse::<CnameArg>().is_ok() && "d".parse::<CnameArg>().is_err());
    }
}
