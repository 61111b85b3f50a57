//! Fuzz targets of the core: functions that take any bytes and must not panic, hang or break an invariant.
//!
//! A target reads its bytes as what a server, a config, a key set or a bucket may hold. Where a part of the core is private,
//! its targets stand in a file `fuzzing.rs` beside it. `guest/fuzz` lets libFuzzer search for bytes; the tests replay the
//! corpus that earlier searches left.

mod config;
mod hostile;
mod input;
mod integers;
mod json;
#[cfg(test)]
mod replay;
mod server;

pub(crate) use config::is_authority;
pub(crate) use input::{Dice, Input};
pub(crate) use server::settings;

/// A name, which is that of the corpus, and what takes an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 10] = [
    ("arith", integers::arith),
    ("config", config::config),
    ("headers", crate::oss::fuzzing::headers),
    ("json", json::json),
    ("keysets", crate::encryption::fuzzing::keysets),
    ("lock_log", crate::lock::fuzzing::lock_log),
    ("lock_machines", crate::lock::fuzzing::lock_machines),
    ("server", server::server),
    ("upload", crate::blob::fuzzing::upload),
    ("xml", crate::oss::fuzzing::xml),
];
