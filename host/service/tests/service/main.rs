//! The registry as it is served: over real sockets, with the built component, on the emulator.

mod budget;
mod client;
mod conformance;
mod metrics;
mod serving;
mod shutdown;
mod storage;
mod tenants;
mod transfers;
mod world;
