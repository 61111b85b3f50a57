//! What a tenant did, in numbers.

use crate::error::Retirement;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What a tenant did since it was made. Holds no key, no secret and no address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// HTTP requests sent.
    pub requests: u64,
    /// HTTP requests refused: they were not meant for the tenant's endpoint.
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
    /// Calls whose caller went away after they had begun and before they ended.
    pub abandoned: u64,
    /// Calls that ended, by operation (`load`) and outcome (`ok`, `not-found`, `failed`, `timed-out`, `retired`,
    /// `overloaded`; `cancelled` for those that were dropped before they began).
    pub calls: BTreeMap<(&'static str, &'static str), u64>,
    /// Instances that took no more calls, by reason (see [`Retirement::name`]).
    pub retirements: BTreeMap<&'static str, u64>,
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
    calls: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    retirements: Mutex<BTreeMap<&'static str, u64>>,
}

impl Meter {
    pub(crate) fn call(&self, operation: &'static str, outcome: &'static str) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry((operation, outcome)).or_default() += 1;
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
            calls: self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            retirements: self.retirements.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
