//! Makes a component of a guest crate, from a build script.
//!
//! ```no_run
//! // All of a build.rs:
//! let guest = ossicle_componentize::Guest::new("ossicle-guest", "../../guest").also("../../wit");
//! guest.features(["blobs"]).build_script("ossicle-blobs");
//! ```
//!
//! The guest is compiled for `wasm32-unknown-unknown`, whose standard library imports nothing, with the profile
//! `component`, and encoded as a component that imports what its WIT world says and nothing else. (The standard library
//! of the `wasm32-wasip*` targets would bring thirteen interfaces along, standard streams and environment among them.)
//!
//! A change of the guest's sources, its WIT or the lock file builds it again; nothing else does. Its dependencies are
//! compiled in a directory of their own within the target directory, which every package and profile that needs a guest
//! shares.

mod cargo;
mod compose;
mod encode;
mod error;
mod target;
mod wit_package;

pub use compose::compose;
pub use error::Error;
pub use wit_package::wit_package;

use std::env;
use std::path::{Path, PathBuf};
use std::{fs, process};

/// A guest crate, and what its build depends on.
#[derive(Debug, Clone)]
pub struct Guest {
    package: String,
    folder: PathBuf,
    also: Vec<PathBuf>,
    features: Vec<String>,
}

impl Guest {
    /// The package `package` in `folder`, which is taken from the folder of the package being built.
    pub fn new(package: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self { package: package.into(), folder: folder.into(), also: Vec::new(), features: Vec::new() }
    }

    /// Builds the guest again when this file or folder changes, too: its WIT, most likely.
    pub fn also(mut self, path: impl Into<PathBuf>) -> Self {
        self.also.push(path.into());
        self
    }

    /// Builds the guest with these features and without its default ones, unless there are none of these.
    pub fn features<F: Into<String>>(mut self, features: impl IntoIterator<Item = F>) -> Self {
        self.features = features.into_iter().map(Into::into).collect();
        self
    }

    /// Builds the component `name` and writes it to the file `name.wasm` in `OUT_DIR`. An error ends the build, readably.
    pub fn build_script(&self, name: &str) {
        or_end(self.build(name));
    }

    /// Builds the component `name`, writes it to the file `name.wasm` in `OUT_DIR` and returns where that is.
    ///
    /// Works only in a build script, whose environment it reads.
    pub fn build(&self, name: &str) -> Result<PathBuf, Error> {
        let out = PathBuf::from(variable("OUT_DIR")?);
        let workspace = workspace_of(Path::new(&variable("CARGO_MANIFEST_DIR")?));

        for path in [self.folder.join("src"), self.folder.join("Cargo.toml")].iter().chain(&self.also) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
            println!("cargo::rerun-if-changed={}", workspace.join(file).display());
        }

        target::install(&workspace)?;
        let module = cargo::compile(self, &cargo::directory(&out))?;
        let component = encode::component(name, &module)?;

        let path = out.join(format!("{name}.wasm"));
        fs::write(&path, component).map_err(|error| Error::File { path: path.clone(), error })?;
        Ok(path)
    }
}

/// What was built. An error ends the build script, readably.
pub fn or_end<T>(built: Result<T, Error>) -> T {
    built.unwrap_or_else(|error| {
        for line in error.to_string().lines() {
            println!("cargo::error={line}");
        }
        process::exit(1)
    })
}

fn variable(name: &'static str) -> Result<String, Error> {
    env::var(name).map_err(|_| Error::NotABuildScript { variable: name })
}

/// The folder of the workspace's lock file, or the package's own.
fn workspace_of(package: &Path) -> PathBuf {
    package.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(package).to_path_buf()
}
