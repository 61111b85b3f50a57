//! What a tenant did and does, in numbers.

mod counters;
mod gauges;
mod histogram;

pub use counters::Metrics;
pub use gauges::Gauges;
pub use histogram::Histogram;

pub(crate) use counters::Meter;
pub(crate) use gauges::{Counted, Gauge};
