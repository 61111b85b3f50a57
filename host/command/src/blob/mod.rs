//! `ossicle blob`: the blobs of one registry, one operation.

mod cat;
mod compare;
mod conditions;
mod copying;
mod get;
mod group;
mod input;
mod list;
mod moving;
mod offset;
mod put;
mod remove;
mod stat;
mod uploads;
mod url;
mod walk;

pub use group::{Blob, run};
