//! The modules of the package stand in layers: what the core asks for, a tenant, the server.

use ossicle_fixtures::layers::{Rules, check};
use std::path::Path;

const RULES: Rules<'_> = Rules {
    layers: &[
        &["auth", "environment", "notifications", "room", "storage", "ui", "upkeep"],
        &["access_log", "ports"],
        &["tenant"],
        &["config", "server"],
    ],
    words: &[("hyper", &["notifications", "server"]), ("tokio_rustls", &["server"])],
    exceptions: &[],
};

#[test]
fn modules_import_lower_layers_only() {
    let broken = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &RULES);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
