//! What belongs to a single call.

mod context;
mod time_limit;

pub(crate) use context::CallContext;
pub(crate) use time_limit::TimeLimit;
