//! The `ossicle` command, as it is built, against the emulator.

mod blob;
mod config;
mod demo;
mod helping;
mod interrupting;
mod json;
mod keeping;
mod keysets;
mod locking;
mod refusing;
mod secrecy;
mod sources;
mod terminal;
mod watching;
mod world;
