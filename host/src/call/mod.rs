//! What belongs to a single call.

mod context;
mod state;
mod time_limit;

pub(crate) use context::CallContext;
pub(crate) use state::{Effects, Event, Life};
pub(crate) use time_limit::TimeLimit;
