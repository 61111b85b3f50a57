//! How an emulator is set up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::address::Domains;
use crate::auth::{AccessKey, Keyring};
use crate::clock::Clock;
use crate::emulator::{Beside, Emulator};
use crate::names;
use crate::ram::{OidcToken, Role as RamRole};
use crate::server::{Listener, Role};
use crate::shared::Shared;
use crate::spec::BucketSpec;
use crate::store::{BucketSettings, DataError, Store};

/// An emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the data folder")]
    Data(#[from] DataError),
    /// A bucket cannot be made in the data folder.
    #[error("cannot make the bucket {name:?}")]
    Bucket {
        /// The bucket.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// OSS has no bucket of such a name.
    #[error("{0:?} is no valid bucket name")]
    BucketName(String),
}

/// Sets up an emulator. Without a key of its own it takes [`Builder::DEFAULT_KEY`].
#[derive(Debug)]
pub struct Builder {
    listen: SocketAddr,
    beside: Beside<SocketAddr>,
    roles: Vec<RamRole>,
    oidc: Vec<OidcToken>,
    buckets: Vec<BucketSpec>,
    keys: Vec<AccessKey>,
    region: String,
    latency: Duration,
    patience: Duration,
    header_patience: Duration,
    data: Option<PathBuf>,
    sync: bool,
    new_buckets: BucketSettings,
    tls: Option<Arc<ServerConfig>>,
    sts_tls: Option<Arc<ServerConfig>>,
    domains: Domains,
    clock: Clock,
}

impl Builder {
    /// The id and the secret of the key that is there when no other was given.
    pub const DEFAULT_KEY: (&'static str, &'static str) = ("ossicle", "ossicle-secret");
    /// The region of everything that names none.
    pub const DEFAULT_REGION: &'static str = "cn-hangzhou";

    pub(crate) fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            beside: Beside::default(),
            roles: Vec::new(),
            oidc: Vec::new(),
            buckets: Vec::new(),
            keys: Vec::new(),
            region: Self::DEFAULT_REGION.into(),
            latency: Duration::ZERO,
            patience: Duration::from_secs(30),
            // As long as OSS keeps an idle connection.
            header_patience: Duration::from_secs(60),
            data: None,
            sync: true,
            new_buckets: BucketSettings::default(),
            tls: None,
            sts_tls: None,
            domains: Domains { own: vec!["localhost".into()], ..Domains::default() },
            clock: Clock::default(),
        }
    }

    /// Where to listen; by default on a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Where to listen for the admin controls; by default nowhere.
    #[must_use]
    pub fn admin(mut self, address: SocketAddr) -> Self {
        self.beside.admin = Some(address);
        self
    }

    /// Where the metadata service of an ECS instance listens; by default nowhere.
    #[must_use]
    pub fn metadata(mut self, address: SocketAddr) -> Self {
        self.beside.metadata = Some(address);
        self
    }

    /// Where STS listens; by default nowhere.
    #[must_use]
    pub fn sts(mut self, address: SocketAddr) -> Self {
        self.beside.sts = Some(address);
        self
    }

    /// STS speaks TLS.
    #[must_use]
    pub fn sts_tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.sts_tls = Some(config);
        self
    }

    /// Knows a RAM role; the first one is that of the instance.
    #[must_use]
    pub fn role(mut self, role: RamRole) -> Self {
        self.roles.push(role);
        self
    }

    /// Takes a token of an OpenID Connect provider.
    #[must_use]
    pub fn oidc_token(mut self, token: OidcToken) -> Self {
        self.oidc.push(token);
        self
    }

    /// Makes a bucket, unless the data folder has it already.
    #[must_use]
    pub fn bucket(mut self, bucket: BucketSpec) -> Self {
        self.buckets.push(bucket);
        self
    }

    /// Knows a permanent access key.
    #[must_use]
    pub fn access_key(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key(AccessKey::new(id, secret))
    }

    /// Knows an access key.
    #[must_use]
    pub fn key(mut self, key: AccessKey) -> Self {
        self.keys.push(key);
        self
    }

    /// The region of buckets that name none.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Delays every request.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How long the body of a request may stand still before it is answered with `RequestTimeout`.
    #[must_use]
    pub fn body_timeout(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long a connection may take until the head of its next request is there; then it ends. A minute by default.
    #[must_use]
    pub fn header_timeout(mut self, patience: Duration) -> Self {
        self.header_patience = patience;
        self
    }

    /// Keeps everything in a folder, where a later emulator finds it; by default everything is in memory.
    ///
    /// Whatever was answered has reached the disk, so that it survives the end of the process and of the machine. No other
    /// emulator can use the folder before this one and all its [`BucketHandle`](crate::BucketHandle)s are gone. A record
    /// that cannot be read is set aside ([`Emulator::set_aside`]); what it stood for is not served.
    #[must_use]
    pub fn data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Whether the data folder is synchronised with the disk before anything is answered; it is by default. Without that
    /// the emulator is faster, and a power cut may cost what was written last.
    #[must_use]
    pub fn sync(mut self, sync: bool) -> Self {
        self.sync = sync;
        self
    }

    /// Buckets that are made through the API block public access until they are told otherwise, as OSS's do for accounts of
    /// today.
    #[must_use]
    pub fn block_public_access(mut self) -> Self {
        self.new_buckets = BucketSettings::blocked();
        self
    }

    /// Speaks TLS.
    #[must_use]
    pub fn tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Serves a domain besides `localhost`: path-style on it, and its subdomains are buckets.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.own.push(domain.into().to_ascii_lowercase());
        self
    }

    /// Binds a custom domain (CNAME) to a bucket.
    #[must_use]
    pub fn cname(mut self, domain: impl Into<String>, bucket: impl Into<String>) -> Self {
        self.domains.bound.insert(domain.into().to_ascii_lowercase(), bucket.into());
        self
    }

    /// Uses a clock that is set from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on, the data folder not used, or a bucket's name is not valid.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let store = match self.data {
            Some(folder) => Store::open(folder, self.sync)?,
            None => Store::in_memory(),
        };
        for bucket in self.buckets {
            if !names::is_bucket(&bucket.name) {
                return Err(StartError::BucketName(bucket.name));
            }
            let settings = BucketSettings {
                region: bucket.region.unwrap_or_else(|| self.region.clone()),
                name: bucket.name,
                owner: bucket.owner,
                created: self.clock.seconds(),
                versioning: bucket.versioning,
                public_endpoint_forbidden: bucket.public_endpoint_forbidden,
                ..BucketSettings::default()
            };
            // A bucket that the data folder has already stays as it is.
            let name = settings.name.clone();
            let _ = store.create(settings).map_err(|source| StartError::Bucket { name, source })?;
        }
        let keys = Keyring::default();
        if self.keys.is_empty() {
            let (id, secret) = Self::DEFAULT_KEY;
            keys.insert(AccessKey::new(id, secret));
        }
        self.keys.into_iter().for_each(|key| keys.insert(key));
        let mut shared = Shared::new(store, keys, self.clock, self.domains, self.region);
        shared.patience = self.patience;
        shared.new_buckets = self.new_buckets;
        shared.header_patience = self.header_patience;
        shared.set_latency(self.latency);
        self.roles.into_iter().for_each(|role| shared.ram.add_role(role));
        self.oidc.into_iter().for_each(|token| shared.ram.add_oidc_token(token));
        let main = bind(self.listen, Role::Oss, self.tls).await?;
        let beside = Beside {
            admin: bind_some(self.beside.admin, Role::Admin, None).await?,
            metadata: bind_some(self.beside.metadata, Role::Metadata, None).await?,
            sts: bind_some(self.beside.sts, Role::Sts, self.sts_tls).await?,
        };
        Emulator::launch(Arc::new(shared), main, beside)
            .map_err(|source| StartError::Listen { address: self.listen, source })
    }
}

async fn bind_some(
    address: Option<SocketAddr>,
    role: Role,
    tls: Option<Arc<ServerConfig>>,
) -> Result<Option<Listener>, StartError> {
    match address {
        Some(address) => Ok(Some(bind(address, role, tls).await?)),
        None => Ok(None),
    }
}

async fn bind(address: SocketAddr, role: Role, tls: Option<Arc<ServerConfig>>) -> Result<Listener, StartError> {
    Listener::bind(address, role, tls.map(TlsAcceptor::from))
        .await
        .map_err(|source| StartError::Listen { address, source })
}
