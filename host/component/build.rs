//! Builds the guest, once for each world of each flavour, and the faces, which are composed with it. Encodes the WIT packages.
//!
//! A package that was packed has the components in its folder `built`, where `.ci/packages` puts them, and takes these: they
//! are the bytes that were tested, and whoever depends on this package needs neither the target of WebAssembly, nor a second
//! build by cargo, nor the network in a build script.

use ossicle_componentize::{Error, Guest, compose, or_end, wit_package};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the components are in a package that was packed. The repository has no such folder.
const BUILT: &str = "built";

const FACES: &str = "../../guest/faces";

fn main() {
    or_end(if Path::new(BUILT).exists() { take() } else { build() });
}

fn build() -> Result<(), Error> {
    let guest = Guest::new("ossicle-guest", "../../guest").also("../../wit");
    let certificates = guest.clone().features(["certificates"]).build("ossicle-certificates")?;
    let blobs = guest.clone().features(["blobs"]).build("ossicle-blobs")?;
    guest.clone().features(["certificates", "p2"]).build("ossicle-certificates-p2")?;
    guest.features(["blobs", "p2"]).build("ossicle-blobs-p2")?;

    wit_package("ossicle-wit", "../../wit")?;
    wit_package("ossicle-wit-p2", "../../wit/p2")?;

    let command = face("command").also(format!("{FACES}/command/wit")).build("ossicle-command-face")?;
    compose("ossicle-command", &command, &[&certificates, &blobs])?;
    let registry = face("registry")
        .also("../../guest/registry/src")
        .also("../../guest/registry/Cargo.toml")
        .also(format!("{FACES}/http"))
        .build("ossicle-registry-face")?;
    compose("ossicle-registry", &registry, &[&blobs])?;
    let service = face("service")
        .also("../../guest/api/src")
        .also("../../guest/api/Cargo.toml")
        .also("../../guest/lease")
        .also(format!("{FACES}/http"))
        .build("ossicle-service-face")?;
    compose("ossicle-service", &service, &[&certificates, &blobs])?;
    Ok(())
}

/// Copies what was built to where the library takes it from.
fn take() -> Result<(), Error> {
    println!("cargo::rerun-if-changed={BUILT}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(Error::NotABuildScript { variable: "OUT_DIR" })?);
    let failed = |error| Error::File { path: BUILT.into(), error };
    for entry in fs::read_dir(BUILT).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        fs::copy(entry.path(), out.join(entry.file_name()))
            .map_err(|error| Error::File { path: entry.path(), error })?;
    }
    Ok(())
}

/// A face, which is built again when what it has in common with others changes.
fn face(name: &str) -> Guest {
    let face = Guest::new(format!("ossicle-{name}-face"), format!("{FACES}/{name}"));
    face.also(format!("{FACES}/terms")).also(format!("{FACES}/storage")).also("../../guest/amounts")
}
