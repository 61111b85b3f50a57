//! The lock on a simulated OSS: the tests of the protocol by number, and the simulation of whole fleets.
//!
//! All of it drives the core as it is, through its ports, with no real clock, network or random number in it.

mod adversarial;
mod facts;
mod fleet;
mod go;
mod interlock;
#[cfg(feature = "lock-mutants")]
mod mutants;
mod oss;
mod peer;
mod process;
mod random;
mod simulation;
mod site;
mod together;
mod weather;
mod world;
