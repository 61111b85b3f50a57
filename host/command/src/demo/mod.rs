//! `ossicle demo`: everything at work on one machine, with no account, and a test of it as well.

mod mishaps;
mod outcome;
mod pair;
mod recorder;
mod registry;
mod run;
mod stage;
mod step;
mod summary;
mod table;
mod tour;

pub use run::{Demo, run};
