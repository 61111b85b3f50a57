//! Counters and the log of requests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::auth::SignatureKind;
use crate::operation::Operation;

/// What happened to one request.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// Counts the requests since the start; a reset does not begin anew.
    pub sequence: u64,
    /// The operation.
    pub operation: Operation,
    /// The method.
    pub method: String,
    /// The bucket, if any.
    pub bucket: Option<String>,
    /// The key, if any.
    pub key: Option<String>,
    /// The HTTP status; none if no answer was sent.
    pub status: Option<u16>,
    /// The OSS error code, if it was an error of OSS.
    pub code: Option<String>,
    /// The EC, if it was an error of OSS.
    pub ec: Option<String>,
    /// Which signature was found right; none if none was.
    pub signature: Option<SignatureKind>,
    /// The request id.
    pub request_id: String,
    /// Which connection it came over, counted since the start.
    pub connection: u64,
    /// Bytes of the request's body that were read.
    pub bytes_in: u64,
    /// Bytes of the response's body that are to be sent.
    pub bytes_out: u64,
    /// How long it took until the answer was ready, in microseconds.
    pub duration_us: u64,
    /// The faults that happened to it, by name or number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// Counters since the start or the last reset.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Snapshot {
    /// Requests, whatever became of them.
    pub total: u64,
    /// Requests by operation.
    pub operations: BTreeMap<Operation, u64>,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that got no answer.
    pub unanswered: u64,
    /// Requests under way now.
    pub in_flight: u64,
    /// The most requests that were under way at once.
    pub in_flight_max: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of response bodies.
    pub bytes_out: u64,
}

impl Snapshot {
    /// How many requests there were of an operation.
    pub fn count(&self, operation: Operation) -> u64 {
        self.operations.get(&operation).copied().unwrap_or(0)
    }

    /// How many answers had a status.
    pub fn status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }
}

/// The newest requests are kept, up to this many.
const LOG: usize = 16 * 1024;

/// Counts and remembers.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    tally: Mutex<Tally>,
    in_flight: AtomicU64,
    in_flight_max: AtomicU64,
    connections: AtomicU64,
    connection_number: AtomicU64,
}

#[derive(Debug, Default)]
struct Tally {
    sequence: u64,
    counters: Snapshot,
    log: VecDeque<RequestRecord>,
}

impl Stats {
    /// Counts a connection and gives its number.
    pub(crate) fn connected(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::SeqCst);
        self.connection_number.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Remembers a request. This happens before its answer is sent, so whoever has the answer finds it counted.
    pub(crate) fn record(&self, mut record: RequestRecord) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.sequence += 1;
        record.sequence = tally.sequence;
        let counters = &mut tally.counters;
        counters.total += 1;
        *counters.operations.entry(record.operation).or_default() += 1;
        match record.status {
            Some(status) => *counters.statuses.entry(status).or_default() += 1,
            None => counters.unanswered += 1,
        }
        counters.bytes_in += record.bytes_in;
        counters.bytes_out += record.bytes_out;
        if tally.log.len() == LOG {
            tally.log.pop_front();
        }
        tally.log.push_back(record);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let counters = self.tally.lock().unwrap_or_else(PoisonError::into_inner).counters.clone();
        Snapshot {
            in_flight: self.in_flight.load(Ordering::SeqCst),
            in_flight_max: self.in_flight_max.load(Ordering::SeqCst),
            connections: self.connections.load(Ordering::SeqCst),
            ..counters
        }
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).log.iter().cloned().collect()
    }

    pub(crate) fn reset(&self) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.counters = Snapshot::default();
        tally.log.clear();
        self.connections.store(0, Ordering::SeqCst);
        self.in_flight_max.store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

/// A request under way, from its first line until its answer is sent or given up.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<crate::shared::Shared>);

impl UnderWay {
    pub(crate) fn begin(shared: &Arc<crate::shared::Shared>) -> Self {
        let now = shared.stats.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        shared.stats.in_flight_max.fetch_max(now, Ordering::SeqCst);
        Self(shared.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.stats.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
