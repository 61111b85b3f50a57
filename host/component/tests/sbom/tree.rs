//! What cargo says of the crates that are compiled into a component.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// A crate by its name and version, which cargo compiles once in a build.
pub type Id = (String, String);

/// What is known of a crate.
#[derive(Debug, Default)]
pub struct Crate {
    pub license: String,
    pub repository: String,
    /// Where several builds are in a component, those of all.
    pub features: BTreeSet<String>,
    /// What it is compiled against for the component's target. What runs while it is compiled, macros and build scripts, is not
    /// in the component.
    pub dependencies: BTreeSet<Id>,
    /// The SHA-256 of what the registry has of it. Crates of this workspace have none.
    pub checksum: Option<String>,
}

/// The crates of a component.
#[derive(Debug, Default)]
pub struct Tree {
    /// The crates whose builds are composed.
    pub roots: BTreeSet<Id>,
    pub crates: BTreeMap<Id, Crate>,
}

impl Tree {
    /// Of a component that these builds are composed to: packages and what is chosen of their features.
    pub fn of(builds: &[(&str, Option<&str>)]) -> Self {
        let mut tree = Self::default();
        for (package, feature) in builds {
            tree.add(&listed(package, *feature));
        }
        for ((name, version), checksum) in checksums() {
            if let Some(found) = tree.crates.get_mut(&(name, version)) {
                found.checksum = Some(checksum);
            }
        }
        tree
    }

    /// Adds what cargo lists: in each line how deep it stands, and what `FORMAT` says. Below a crate that was listed before,
    /// its dependencies are left out.
    fn add(&mut self, listed: &str) {
        let mut above: Vec<Id> = Vec::new();
        for line in listed.lines() {
            let fields: Vec<&str> = line.trim_end_matches(" (*)").split('|').collect();
            let [depth, package, license, features, repository] = fields[..] else { panic!("cargo tree: {line}") };
            let mut words = package.split(' ');
            let (name, version) = (words.next().unwrap(), words.next().unwrap());
            let id: Id = (name.to_owned(), version.trim_start_matches('v').to_owned());

            above.truncate(depth.parse().unwrap());
            match above.last() {
                Some(parent) => _ = self.crates.get_mut(parent).unwrap().dependencies.insert(id.clone()),
                None => _ = self.roots.insert(id.clone()),
            }
            let found = self.crates.entry(id.clone()).or_default();
            found.license = license.to_owned();
            found.repository = repository.to_owned();
            found.features.extend(features.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned));
            above.push(id);
        }
    }
}

const FORMAT: &str = "|{p}|{l}|{f}|{r}";

fn listed(package: &str, feature: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["tree", "--quiet", "--locked", "--package", package, "--target", "wasm32-unknown-unknown"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", FORMAT])
        .current_dir(workspace());
    if let Some(feature) = feature {
        command.args(["--no-default-features", "--features", feature]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the lock file says of the registry's crates.
fn checksums() -> Vec<(Id, String)> {
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let packages = lock["package"].as_array().unwrap().iter();
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    packages
        .filter_map(|package| Some(((text(package, "name")?, text(package, "version")?), text(package, "checksum")?)))
        .collect()
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).unwrap()
}
