//! The standard library for WebAssembly.

use crate::Error;
use std::path::Path;
use std::process::Command;
use std::{env, ffi::OsString};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the target unless it is there. `rust-toolchain.toml` names it, but a toolchain that was chosen otherwise
/// (`cargo +1.95`, `RUSTUP_TOOLCHAIN`, a distribution's compiler) does not read that file.
pub(crate) fn install(workspace: &Path) -> Result<(), Error> {
    if installed() {
        return Ok(());
    }
    let output = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(workspace)
        .output()
        .map_err(|error| Error::NoTarget { reason: format!("rustup: {error}") })?;
    if output.status.success() && installed() {
        return Ok(());
    }
    Err(Error::NoTarget { reason: String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ") })
}

fn installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let Ok(output) = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output() else {
        return false;
    };
    output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists()
}
