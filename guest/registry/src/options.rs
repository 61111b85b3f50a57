//! How a registry works.

use std::fmt;
use std::time::Duration;

use crate::gc::GcSettings;

/// How blobs are handed out by URLs of OSS's.
#[derive(Clone, Debug)]
pub struct Redirects {
    /// From which size on. A smaller blob is sent by the registry: a redirect costs its client another connection.
    pub from_size: u64,
    /// For how long a URL holds.
    pub expiry: Duration,
}

impl Default for Redirects {
    /// From 1 MiB on; 20 minutes, as distribution's drivers do.
    fn default() -> Self {
        Self { from_size: 1 << 20, expiry: Duration::from_secs(20 * 60) }
    }
}

/// How a registry works.
#[derive(Clone)]
pub struct Options {
    /// The key that seals the state of uploads in their `Location`. Every process of one registry needs the same one.
    pub secret: Vec<u8>,
    /// Refuses every change (405).
    pub read_only: bool,
    /// Whether manifests, tags and blobs can be deleted through the API.
    pub delete_enabled: bool,
    /// Hands out large blobs by URL; `None` to send all of them.
    pub redirects: Option<Redirects>,
    /// The size of the driver's parts. What is not larger is held in memory until its end, and then is one request.
    pub part_size: usize,
    /// The largest manifest, in bytes.
    pub manifest_limit: usize,
    /// Whether each upload is kept in OSS at the end of each request, for processes without affinity of sessions.
    pub durable_uploads: bool,
    /// Whether a mount that names no source may take a blob of any repository. For a registry in which everyone may read
    /// everything: otherwise whoever knows a digest gets the blob.
    pub mount_from_anywhere: bool,
    /// Whether to take manifests of media types other than those of Docker's and OCI's. Distribution's garbage collection
    /// stops at them.
    pub any_manifest_type: bool,
    /// For how long it is remembered that something is in a repository: bounds for how long deletes by other processes are
    /// not noticed. With zero they are noticed at once, and each blob and manifest that is asked for is looked for in OSS.
    pub presence_ttl: Duration,
    /// The garbage collection that may run beside this registry. The rules for pushes are kept whether any runs or not.
    pub gc: GcSettings,
    /// How many bytes of manifests and small blobs are kept in memory; an eighth as many of descriptors of referrers besides.
    pub content_cache_bytes: usize,
}

impl Options {
    /// The defaults, with this secret: no deletion, redirects from 1 MiB, parts of 10 MiB, manifests of up to 4 MiB
    /// (distribution's limit), presence remembered for 30 s, a grace period of a day, 32 MiB of contents.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self {
            secret: secret.into(),
            read_only: false,
            delete_enabled: false,
            redirects: Some(Redirects::default()),
            part_size: 10 << 20,
            manifest_limit: 4 << 20,
            durable_uploads: false,
            mount_from_anywhere: false,
            any_manifest_type: false,
            presence_ttl: Duration::from_secs(30),
            gc: GcSettings::default(),
            content_cache_bytes: 32 << 20,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("read_only", &self.read_only)
            .field("delete_enabled", &self.delete_enabled)
            .field("redirects", &self.redirects)
            .field("part_size", &self.part_size)
            .field("manifest_limit", &self.manifest_limit)
            .field("durable_uploads", &self.durable_uploads)
            .field("mount_from_anywhere", &self.mount_from_anywhere)
            .field("any_manifest_type", &self.any_manifest_type)
            .finish_non_exhaustive()
    }
}
