//! The `ossicle` command, as it is built, against the emulator.

mod blob;
mod canned;
mod config;
mod demo;
mod ending;
mod endpoints;
mod foreign;
mod helping;
mod https;
mod interrupting;
mod json;
mod keeping;
mod keysets;
mod killed;
mod locking;
mod proxies;
mod publishing;
mod refusing;
mod registry;
mod schema;
mod secrecy;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod served;
mod serving;
mod sources;
mod starting;
mod terminal;
mod upkeep;
mod watching;
mod world;
