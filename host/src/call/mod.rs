//! A single call: its context, its state, and its deadline and time limit.

mod context;
mod deadlines;
mod state;
mod time_limit;

pub(crate) use context::CallContext;
pub(crate) use deadlines::{Deadline, Deadlines, Overdue, RegisteredInstance};
pub(crate) use state::{Event, Stage};
pub(crate) use time_limit::{Observation, TimeLimit};
