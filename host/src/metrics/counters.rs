//! The counters of a tenant.

use super::gauges::{Gauges, Levels};
use super::histogram::{Durations, Histogram};
use crate::error::Retirement;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// What a tenant did since it was made, and what it has at the moment. Holds no key, no secret and no address.
///
/// [`Metrics::now`] is for gauges, [`Metrics::durations`], [`Metrics::waits`] and [`Metrics::responses`] are histograms, and
/// the rest are counters but for [`Metrics::memory`], which is a maximum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// HTTP requests sent.
    pub requests: u64,
    /// HTTP requests refused: they were not meant for the tenant's endpoint, or there for another bucket.
    pub refused: u64,
    /// Connections opened.
    pub connections: u64,
    /// Bytes of request bodies.
    pub bytes_sent: u64,
    /// Bytes of response bodies.
    pub bytes_received: u64,
    /// Instances started.
    pub instances: u64,
    /// The most bytes of linear memory that any of them had.
    pub memory: u64,
    /// How long its instances computed, to a millisecond for each of them.
    pub computed: Duration,
    /// Calls whose caller went away after they had begun and before they ended.
    pub abandoned: u64,
    /// Calls that ended, by operation (`load`) and outcome (`ok`, `not-found`, `failed`, `timed-out`, `retired`,
    /// `overloaded`; `cancelled` for those that were dropped before they began).
    pub calls: BTreeMap<(&'static str, &'static str), u64>,
    /// Instances that took no more calls, by reason (see [`Retirement::name`]).
    pub retirements: BTreeMap<&'static str, u64>,
    /// How long calls took by operation, from when they were made to their end, whatever they came to; but for those that were
    /// dropped before they began.
    pub durations: BTreeMap<&'static str, Histogram>,
    /// How long calls waited before they began.
    pub waits: Histogram,
    /// How long it took from when an HTTP request was sent until the head of its response came, connecting included.
    pub responses: Histogram,
    /// What it has at the moment.
    pub now: Gauges,
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) requests: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) bytes_received: AtomicU64,
    pub(crate) instances: AtomicU64,
    pub(crate) memory: AtomicU64,
    pub(crate) abandoned: AtomicU64,
    /// In nanoseconds.
    pub(crate) computed: AtomicU64,
    pub(crate) waits: Durations,
    pub(crate) responses: Durations,
    pub(super) levels: Levels,
    durations: RwLock<BTreeMap<&'static str, Arc<Durations>>>,
    calls: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    retirements: Mutex<BTreeMap<&'static str, u64>>,
}

impl Meter {
    /// A call ended. It took so long, unless it was dropped before it began.
    pub(crate) fn call(&self, operation: &'static str, outcome: &'static str, took: Option<Duration>) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry((operation, outcome)).or_default() += 1;
        if let Some(took) = took {
            self.durations(operation).record(took);
        }
    }

    fn durations(&self, operation: &'static str) -> Arc<Durations> {
        if let Some(durations) = self.durations.read().unwrap_or_else(PoisonError::into_inner).get(operation) {
            return Arc::clone(durations);
        }
        let mut durations = self.durations.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(durations.entry(operation).or_default())
    }

    pub(crate) fn retirement(&self, reason: &Retirement) {
        *self.retirements.lock().unwrap_or_else(PoisonError::into_inner).entry(reason.name()).or_default() += 1;
    }

    /// Grows with everything that is sent and received.
    pub(crate) fn traffic(&self) -> u64 {
        [&self.requests, &self.bytes_sent, &self.bytes_received]
            .into_iter()
            .fold(0, |sum, count| sum.wrapping_add(count.load(Relaxed)))
    }

    pub(crate) fn snapshot(&self) -> Metrics {
        Metrics {
            requests: self.requests.load(Relaxed),
            refused: self.refused.load(Relaxed),
            connections: self.connections.load(Relaxed),
            bytes_sent: self.bytes_sent.load(Relaxed),
            bytes_received: self.bytes_received.load(Relaxed),
            instances: self.instances.load(Relaxed),
            memory: self.memory.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
            computed: Duration::from_nanos(self.computed.load(Relaxed)),
            calls: self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            retirements: self.retirements.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            durations: self.durations_by_operation(),
            waits: self.waits.snapshot(),
            responses: self.responses.snapshot(),
            now: self.levels.snapshot(),
        }
    }

    fn durations_by_operation(&self) -> BTreeMap<&'static str, Histogram> {
        let durations = self.durations.read().unwrap_or_else(PoisonError::into_inner);
        durations.iter().map(|(operation, durations)| (*operation, durations.snapshot())).collect()
    }
}
