//! What is done to a tenant's bucket beside its requests: when, and what came of it.

mod counters;
mod settings;

pub(crate) use counters::{CollectionOutcome, UpkeepCounters, UpkeepCounts};
pub use settings::{Collecting, IntervalTooShort, Purging};
