//! One component of several.

use crate::{Error, cargo, encode, variable};
use std::fs;
use std::path::{Path, PathBuf};

/// The program that composes. It has a workspace of its own; its manifest says why.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../compose");

/// Plugs components, one after the other, into what the component `socket` imports, writes what comes of it to the file
/// `name.wasm` in `OUT_DIR` and returns where that is. What none of them exports stays imported. The components are in it
/// byte by byte.
///
/// Works only in a build script, whose environment it reads.
pub fn compose(name: &str, socket: &Path, plugs: &[&Path]) -> Result<PathBuf, Error> {
    let program = Path::new(PROGRAM);
    for path in ["src", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", program.join(path).display());
    }
    let out = PathBuf::from(variable("OUT_DIR")?);
    let path = out.join(format!("{name}.wasm"));
    let arguments: Vec<&Path> = [socket].into_iter().chain(plugs.iter().copied()).chain([path.as_path()]).collect();
    cargo::execute("ossicle-compose", program, &arguments, &cargo::directory(&out))?;

    let failed = |error| Error::File { path: path.clone(), error };
    let composed = encode::described(name, &variable("CARGO_PKG_VERSION")?, &fs::read(&path).map_err(failed)?)?;
    fs::write(&path, composed).map_err(failed)?;
    Ok(path)
}
