//! What is known to be in a repository.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::lock;
use crate::digest::Digest;
use crate::name::RepositoryName;
use crate::ports::OssTime;

/// How many entries are kept: some megabytes with long names. When there are more, all are forgotten.
const ENTRIES: usize = 16 * 1024;

/// By which link something is in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A blob, by its layer link.
    Blob,
    /// A manifest, by its revision link.
    Manifest,
}

/// What is known of a blob or manifest that is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Presence {
    /// The digest that the link names: another one where distribution stored what was pushed by SHA-512.
    pub target: Digest,
    /// The content's size in bytes.
    pub size: u64,
    /// When the link was written.
    pub link_modified: OssTime,
}

/// What is known to be in a repository, each for a while.
#[derive(Debug)]
pub(crate) struct PresenceCache {
    ttl: Duration,
    entries: Mutex<BTreeMap<(Kind, RepositoryName, Digest), (Presence, Duration)>>,
}

impl PresenceCache {
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, entries: Mutex::default() }
    }

    /// What is known. `now` is by the monotonic clock.
    pub fn get(&self, kind: Kind, name: &RepositoryName, digest: &Digest, now: Duration) -> Option<Presence> {
        let entries = lock(&self.entries);
        let (presence, since) = entries.get(&(kind, name.clone(), digest.clone()))?;
        (now.saturating_sub(*since) < self.ttl).then(|| presence.clone())
    }

    pub fn insert(&self, kind: Kind, name: &RepositoryName, digest: &Digest, presence: Presence, now: Duration) {
        let mut entries = lock(&self.entries);
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        entries.insert((kind, name.clone(), digest.clone()), (presence, now));
    }

    pub fn remove(&self, kind: Kind, name: &RepositoryName, digest: &Digest) {
        lock(&self.entries).remove(&(kind, name.clone(), digest.clone()));
    }
}
