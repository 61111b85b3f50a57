//! What belongs to a single call.

mod context;

pub(crate) use context::CallContext;
