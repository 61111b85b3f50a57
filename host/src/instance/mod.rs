//! An instance of the component: a store, the task that drives it, and who is inside.
//!
//! wasmtime lets many calls be in flight in one instance, but only within one `run_concurrent`, which owns the store. So
//! one task owns the store and runs the calls that come over a channel.
//!
//! That loop is not to be relied upon: while the component computes, nothing else in it is polled, and a call that has
//! begun can't be cancelled. Whatever guards the loop therefore stands around it: `cpu_time` measures how long the
//! component computes, `deadlines` and `tenant/send` how long a call takes, and both have one remedy, to drop the store.

mod cpu_time;
mod credentials;
mod deadlines;
mod desk;
mod driver;
mod guest;
mod handle;
mod job;
mod log_filter;
mod opening;
mod operation;

pub(crate) use credentials::Supplies;
pub(crate) use desk::{Care, Desk, Outcome, Owner, Pending, Unfinished, tell};
pub(crate) use driver::{Start, start};
pub(crate) use guest::Guest;
pub(crate) use handle::{End, Instance, Ticket};
pub(crate) use job::Job;
pub(crate) use opening::Opening;
pub(crate) use operation::{Needs, Operation};
