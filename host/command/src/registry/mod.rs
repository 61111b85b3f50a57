//! `ossicle registry`: a container registry over a bucket.

mod arguments;
mod group;
mod opening;
mod serve;
mod serving;

pub use group::{RegistryCommand, run};
