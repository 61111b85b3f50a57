//! The gauges of a tenant: what it has at the moment.

use super::counters::Meter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a tenant has at the moment. All of them are 0 when nothing of it is left but its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gauges {
    /// Calls that wait for their turn and are no streams.
    pub calls_queued: u64,
    /// Calls that run and are no streams.
    pub calls_running: u64,
    /// Streams, downloads, walks and uploads, that wait for their turn.
    pub streams_queued: u64,
    /// Streams that run.
    pub streams_running: u64,
    /// HTTP requests that wait for their turn.
    pub requests_queued: u64,
    /// HTTP requests from their turn on until their response was read to its end.
    pub requests_running: u64,
    /// Connections that are open, idle ones included.
    pub connections: u64,
    /// Instances that wait for room among those of the engine.
    pub instances_queued: u64,
    /// Instances that are alive.
    pub instances: u64,
    /// Bytes of linear memory that they have.
    pub memory: u64,
}

/// A number that goes up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gauge {
    CallsQueued,
    CallsRunning,
    StreamsQueued,
    StreamsRunning,
    RequestsQueued,
    RequestsRunning,
    Connections,
    InstancesQueued,
    Instances,
    Memory,
}

impl Gauge {
    const COUNT: usize = Self::Memory as usize + 1;
}

/// What the gauges of a tenant show.
#[derive(Debug, Default)]
pub(super) struct Levels([AtomicU64; Gauge::COUNT]);

impl Levels {
    fn level(&self, gauge: Gauge) -> &AtomicU64 {
        &self.0[gauge as usize]
    }

    pub(super) fn snapshot(&self) -> Gauges {
        let level = |gauge| self.level(gauge).load(Relaxed);
        Gauges {
            calls_queued: level(Gauge::CallsQueued),
            calls_running: level(Gauge::CallsRunning),
            streams_queued: level(Gauge::StreamsQueued),
            streams_running: level(Gauge::StreamsRunning),
            requests_queued: level(Gauge::RequestsQueued),
            requests_running: level(Gauge::RequestsRunning),
            connections: level(Gauge::Connections),
            instances_queued: level(Gauge::InstancesQueued),
            instances: level(Gauge::Instances),
            memory: level(Gauge::Memory),
        }
    }
}

/// Something that a gauge counts, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    meter: Arc<Meter>,
    gauge: Gauge,
    amount: u64,
}

impl Meter {
    /// One more.
    pub(crate) fn count(self: &Arc<Self>, gauge: Gauge) -> Counted {
        self.measure(gauge, 1)
    }

    /// So much more.
    pub(crate) fn measure(self: &Arc<Self>, gauge: Gauge, amount: u64) -> Counted {
        self.levels.level(gauge).fetch_add(amount, Relaxed);
        Counted { meter: Arc::clone(self), gauge, amount }
    }
}

impl Counted {
    /// It is so much now.
    pub(crate) fn set(&mut self, amount: u64) {
        // Modulo 2^64, in which the sum of all that is counted is right whichever way it goes.
        self.meter.levels.level(self.gauge).fetch_add(amount.wrapping_sub(self.amount), Relaxed);
        self.amount = amount;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_counted_no_more() {
        let meter = Arc::<Meter>::default();
        let mut memory = meter.measure(Gauge::Memory, 0);
        let calls = [meter.count(Gauge::CallsRunning), meter.count(Gauge::CallsRunning)];
        memory.set(7);
        memory.set(3);
        let shown = Gauges { calls_running: 2, memory: 3, ..Gauges::default() };
        assert_eq!(meter.snapshot().now, shown);
        drop((memory, calls));
        assert_eq!(meter.snapshot().now, Gauges::default());
    }
}
