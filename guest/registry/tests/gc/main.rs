//! Garbage collection beside pushes on a simulated OSS: the simulation of whole fleets, and its mutants.
//!
//! All of it drives the core as it is, through its ports, with no real clock, network or random number in it.

mod bucket;
mod client;
mod driver;
mod fleet;
mod judge;
#[cfg(feature = "gc-mutants")]
mod mutants;
mod process;
#[path = "../../../tests/lock/random.rs"]
mod random;
mod shelf;
mod simulation;
mod weather;
mod world;
