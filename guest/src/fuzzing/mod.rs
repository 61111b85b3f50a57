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

/// Every target by the name of its corpus.
pub const TARGETS: [(&str, fn(&[u8])); 10] = [
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

/// Runs the target of a name on some bytes.
///
/// # Panics
/// There must be a target of that name, and what it finds wrong is a panic.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target");
    target(data);
}
