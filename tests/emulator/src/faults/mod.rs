//! Faults on demand: what a network, a proxy or the service itself may do to a request.

mod glob;
mod plan;
mod rule;
mod set;

pub use glob::Glob;
pub(crate) use plan::{Early, Plan, ResponseFaults};
pub use rule::{FaultAction, FaultRule};
pub use set::{FaultHandle, FaultReport, Faults};
