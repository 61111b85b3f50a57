//! `ossicle cert`: one certificate storage, one operation.

mod exists;
mod group;
mod list;
mod load;
mod reencrypt;
mod remove;
mod stat;
mod store;

pub use group::{Cert, run};
