//! The cargo within cargo.

use crate::target::TARGET;
use crate::{Error, Guest};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PROFILE: &str = "component";

/// Where guests are compiled: one stable directory in the target directory, for `OUT_DIR` has another name in each
/// profile and after each change of the build script, and the guest's dependencies would be compiled anew in each.
pub(crate) fn directory(out: &Path) -> PathBuf {
    let target = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).unwrap_or(out);
    target.join("guests")
}

/// Compiles the guest to a core module and returns it.
pub(crate) fn compile(guest: &Guest, directory: &Path) -> Result<Vec<u8>, Error> {
    let Guest { package, folder, features, .. } = guest;
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| Error::File { path, error }
    };
    // A guest of other features is a file of the same name: until this one is read no other build may put its own there.
    let locked = locked(directory)?;
    let mut command = command();
    command
        .args(["rustc", "--lib", "--crate-type", "cdylib", "--locked", "--color", "never"])
        .args(["--package", package, "--target", TARGET, "--profile", PROFILE])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(directory);
    if !features.is_empty() {
        command.args(["--no-default-features", "--features", &features.join(",")]);
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(&registries().unwrap_or_default()));
    run(command, package)?;
    let module = directory.join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_")));
    let module = fs::read(&module).map_err(failed(&module))?;
    drop(locked);
    Ok(module)
}

/// Runs the program `package` in `folder`, which is a workspace of its own, with these arguments.
pub(crate) fn execute(package: &str, folder: &Path, arguments: &[&Path], directory: &Path) -> Result<(), Error> {
    let _locked = locked(directory)?;
    let mut command = command();
    command
        .args(["run", "--quiet", "--locked", "--color", "never", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(directory)
        .arg("--")
        .args(arguments);
    run(command, package)
}

/// Waits until no other build script works in this directory.
fn locked(directory: &Path) -> Result<File, Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| Error::File { path, error }
    };
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let lock = directory.join("ossicle-componentize.lock");
    File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(failed(&lock))
}

/// Cargo, without what the build of the host was told.
fn command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for (name, _) in env::vars_os().filter(|(name, _)| meant_for_the_host(name)) {
        command.env_remove(name);
    }
    command
}

fn run(mut command: Command, package: &str) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| Error::Run { program, error })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Compile { package: package.to_owned(), output: String::from_utf8_lossy(&output.stderr).into_owned() })
}

/// The folders that cargo unpacked packages of registries to.
fn registries() -> Option<Vec<PathBuf>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let folders = fs::read_dir(home.join("registry/src")).ok()?;
    let mut folders: Vec<_> = folders.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // In an order of their own, or the flags would be others the next time, and everything be compiled anew.
    folders.sort();
    Some(folders)
}

/// The flags of rustc, as cargo's variable takes them, which leave these folders out of paths: panics say where they happened,
/// so paths are part of the component. Those of this machine are nobody's business, and without them it comes out the same
/// on each.
///
/// SIMD is part of WebAssembly 2.0, so every host of WASI 0.3 has it. With it, and the form of SHA-2 that uses it, components
/// are 9 to 22 KiB smaller.
///
/// What is inlined is between what `opt-level` "s" has (50) and "z" (5): a fortieth less than "s" at the same speed.
fn flags(folders: &[PathBuf]) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+simd128\u{1f}-Cllvm-args=-inline-threshold=25");
    for folder in folders {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(folder);
        flags.push("/=");
    }
    flags
}

/// Whether a variable that cargo or the user set says how to compile the host. In the guest's build it would be wrong
/// (`-C target-cpu=native`, a wrapper that only lints) or compile every dependency anew when it changes.
fn meant_for_the_host(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    const EXACT: [&str; 9] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
        "CARGO_TARGET_DIR",
        "CARGO_INCREMENTAL",
        "LLVM_PROFILE_FILE",
    ];
    const PREFIXES: [&str; 6] =
        ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_FEATURE_", "CARGO_CFG_", "CARGO_PKG_"];
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_is_spared_the_flags_of_the_host() {
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WORKSPACE_WRAPPER"] {
            assert!(meant_for_the_host(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "CARGO_HOME", "CARGO_NET_OFFLINE", "RUSTUP_TOOLCHAIN", "CARGO_MAKEFLAGS"] {
            assert!(!meant_for_the_host(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn paths_are_left_out() {
        let flags = flags(&["/home/me/.cargo/registry/src/a".into(), "/b".into()]);
        assert_eq!(
            flags.to_str().unwrap().split('\u{1f}').skip(2).collect::<Vec<_>>(),
            ["--remap-path-prefix=/home/me/.cargo/registry/src/a/=", "--remap-path-prefix=/b/="]
        );
    }

    #[test]
    fn guests_share_a_directory_of_the_target_directory() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("debug/build/package-0123/out");
        fs::create_dir_all(&out).unwrap();
        fs::write(folder.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(directory(&out), folder.path().join("guests"));
    }
}
