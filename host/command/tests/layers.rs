//! The modules of the command stand in layers.

use ossicle_fixtures::layers::{Rules, check};
use std::path::Path;

const RULES: Rules<'_> = Rules {
    layers: &[
        &["files"],
        &["terminal"],
        &["settings"],
        &["error"],
        &["component"],
        &["session"],
        &["blob", "cert", "completions", "demo", "keyset", "lock", "publish", "registry", "serve", "version"],
        &["arguments"],
        &["globals"],
    ],
    words: &[],
    exceptions: &[],
};

#[test]
fn modules_import_lower_layers_only() {
    let broken = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &RULES);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
