//! The modules of the package stand in layers: what the core asks for, a tenant and the server, what is served.

use ossicle_fixtures::layers::{Rules, check};
use std::path::Path;

const RULES: Rules<'_> = Rules {
    layers: &[
        &["prometheus", "toml_problem", "watched"],
        &[
            "api_ports",
            "auth",
            "engine_metrics",
            "environment",
            "health",
            "notifications",
            "room",
            "storage",
            "tenant_metrics",
            "ui",
            "upkeep",
        ],
        &["access_log", "ports"],
        &["server", "tenant"],
        &["config", "distribution", "tenancy"],
        &["api"],
    ],
    words: &[("hyper", &["api", "distribution", "notifications", "server"]), ("tokio_rustls", &["server"])],
    exceptions: &[],
};

#[test]
fn modules_import_lower_layers_only() {
    let broken = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &RULES);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
