//! What every connection of an emulator shares.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::address::Domains;
use crate::auth::Keyring;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ram::Ram;
use crate::stats::Stats;
use crate::store::{BucketSettings, Store};

/// The state of an emulator.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) keys: Keyring,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) stats: Stats,
    pub(crate) domains: Domains,
    pub(crate) ram: Ram,
    /// The region of buckets that are made through the API.
    pub(crate) region: String,
    /// What buckets that are made through the API begin with.
    pub(crate) new_buckets: BucketSettings,
    /// How long a request's body may stand still before it counts as broken off.
    pub(crate) patience: Duration,
    /// How long the head of a request may take, from the end of the one before.
    pub(crate) header_patience: Duration,
    latency: AtomicU64,
}

impl Shared {
    pub(crate) fn new(store: Store, keys: Keyring, clock: Clock, domains: Domains, region: String) -> Self {
        Self {
            store,
            keys,
            clock,
            faults: Faults::default(),
            stats: Stats::default(),
            domains,
            ram: Ram::default(),
            region,
            new_buckets: BucketSettings::default(),
            patience: Duration::from_secs(30),
            header_patience: Duration::from_secs(60),
            latency: AtomicU64::new(0),
        }
    }

    /// The delay of every request.
    pub(crate) fn latency(&self) -> Duration {
        Duration::from_micros(self.latency.load(Ordering::Relaxed))
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        self.latency.store(latency.as_micros() as u64, Ordering::Relaxed);
    }
}
