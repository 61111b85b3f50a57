//! The twenty things an emulator of OSS gets wrong if nobody looks: one test each, by its number.

#[path = "../support/mod.rs"]
mod support;

mod asking;
mod makers;
mod writing;
