//! `ossicle lock`: one holder at a time, in a whole fleet.

mod breaking;
mod child;
mod group;
mod running;
mod signals;
mod status;

pub use group::{Lock, run};
