//! `ossicle blob`: the blobs of one registry, one operation.

mod cat;
mod compare;
mod conditions;
mod get;
mod group;
mod input;
mod list;
mod offset;
mod put;
mod relocating;
mod remove;
mod stat;
mod uploads;
mod url;
mod walk;

pub use group::{Blob, run};
