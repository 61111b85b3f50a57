//! `ossicle registry`: a container registry over a bucket.

mod arguments;
mod check;
mod failures;
mod first_look;
mod gc;
mod group;
mod opening;
mod purge;
mod remove;
mod serve;
mod serving;
mod tags;
mod tenants;

pub use group::{RegistryCommand, run};
