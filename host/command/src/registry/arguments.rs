//! How a registry is served, by the command line.

use crate::settings::{BlobFlags, Flags, Registry, listen_address};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What the file of tenants says of each.
const OF_ONE_TENANT: [&str; 10] = [
    "read_only",
    "allow_delete",
    "no_redirect",
    "durable_uploads",
    "gc_every",
    "registry",
    "registry_config",
    "htpasswd",
    "rights",
    "anonymous_pull",
];

/// How a registry is served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Serving")]
pub struct Serving {
    /// Where to listen [env: REGISTRY_HTTP_ADDR, of the registry that is replaced] [default: 127.0.0.1:5000]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: Option<SocketAddr>,

    /// A PEM file with a certificate, and those between it and a root: speak TLS with it
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = clap::ValueHint::FilePath)]
    pub tls_certificate: Option<PathBuf>,

    /// The PEM file with its key
    #[arg(long, value_name = "FILE", requires = "tls_certificate", value_hint = clap::ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,

    /// Serve the tenants of a TOML file, each its own bucket, by host name or by the first part of repositories' names
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = OF_ONE_TENANT)]
    pub tenants: Option<PathBuf>,

    /// Refuse every change
    #[arg(long)]
    pub read_only: bool,

    /// Let clients delete manifests, tags and blobs
    #[arg(long)]
    pub allow_delete: bool,

    /// Send large blobs itself, instead of telling clients where OSS has them: by signed URLs, which --url-endpoint or the
    /// parameter urlendpoint leads to a host that clients can reach
    #[arg(long)]
    pub no_redirect: bool,

    /// An htpasswd file (bcrypt, `htpasswd -B`): clients need a user and a password of it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub htpasswd: Option<PathBuf>,

    /// A TOML file with what each user may do with which repositories [default: every user may do everything]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub rights: Option<PathBuf>,

    /// Let whoever sends no credentials pull from every repository
    #[arg(long)]
    pub anonymous_pull: bool,

    /// Write a line for each request to the end of a file, in the combined log format
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub access_log: Option<PathBuf>,

    /// Leave out the page for people at /ui
    #[arg(long)]
    pub no_ui: bool,

    /// A file with the secret that seals the state of uploads, the same one for every process of a registry
    /// [default: a random one]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub secret_file: Option<PathBuf>,

    /// Keep each upload in OSS at the end of each of its requests, for several processes behind a balancer that sends
    /// requests to any of them
    #[arg(long)]
    pub durable_uploads: bool,

    /// Delete the blobs that no manifest names so often, such as 24h, while pushes and pulls go on: at least 10m. Only where all
    /// that writes to the bucket is an `ossicle registry` [default: never]
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration, conflicts_with = "read_only")]
    pub gc_every: Option<Duration>,
}

impl Bucket {
    /// Whether the command line says anything of it.
    pub fn is_given(&self) -> bool {
        let Self { flags, storing, replaced, grace } = self;
        flags.config.is_some()
            || !flags.given().is_empty()
            || !storing.given().is_empty()
            || replaced.is_asked_for()
            || grace.is_some()
    }
}

/// Which bucket a registry is in, and what all its processes must agree on.
#[derive(Debug, Clone, Args)]
pub struct Bucket {
    #[command(flatten)]
    pub flags: Flags,
    #[command(flatten)]
    pub storing: BlobFlags,
    #[command(flatten)]
    pub replaced: Registry,
    /// How long a blob is kept that no manifest names, such as 24h or 7d: at least 10m, the same for every process of a
    /// registry, those that serve and those that collect [default: 24h]
    #[arg(long, global = true, value_name = "TIME", value_parser = ossicle::parse_duration)]
    pub grace: Option<Duration>,
}
