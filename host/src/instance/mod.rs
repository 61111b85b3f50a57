//! An instance of the component: a store, the task that drives it, and who is inside.
//!
//! wasmtime lets many calls be in flight in one instance, but only within one `run_concurrent`, which owns the store. So
//! one task owns the store and runs the calls that it takes from the queue of its tenant.
//!
//! That loop is not to be relied upon: while the component computes, nothing else in it is polled, and a call that has
//! begun can't be cancelled. Whatever guards the loop therefore stands around it: `cpu_time` measures how long the
//! component computes, the tenant's `Deadlines` how long a call takes, and both have one remedy, to drop the store.

mod call;
mod cpu_time;
mod credentials;
mod driver;
mod growth;
mod guest;
mod handle;
mod load;
mod log_filter;
mod operation;
mod pool;
mod queue;
mod resource_spec;
mod seat;
mod shutdown;

pub(crate) use call::Pending;
pub(crate) use credentials::CredentialUpdates;
pub(crate) use guest::Guest;
pub(crate) use handle::InstancePermit;
pub(crate) use operation::{Needs, Operation, Place};
pub(crate) use pool::{Plan, Pool};
pub(crate) use resource_spec::ResourceSpec;
pub(crate) use seat::Order;
