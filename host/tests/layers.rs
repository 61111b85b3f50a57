//! The modules of the library stand in layers: handles, tenant, instance, engine, egress, what belongs to a call, and plain data.

use ossicle_fixtures::layers::{Rules, check};
use std::path::Path;

const RULES: Rules<'_> = Rules {
    layers: &[
        &["clock", "duration", "error", "moment", "progress", "size", "window"],
        &["config", "engine_limits", "limits", "metrics"],
        &["admission", "wit"],
        &["call"],
        &["egress"],
        &["engine"],
        &["instance"],
        &["tenant"],
        &["locks"],
        &["blobs", "certificates"],
    ],
    words: &[
        ("wasmtime", &["blobs", "call/context", "certificates", "engine", "instance", "locks/operations", "wit"]),
        ("std::fs", &["config/secret", "egress/tls", "instance/credentials"]),
    ],
    exceptions: &[],
};

#[test]
fn modules_import_lower_layers_only() {
    let broken = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &RULES);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
