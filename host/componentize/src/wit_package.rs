//! A WIT package as WebAssembly, which is how registries keep it.

use crate::{Error, encode, variable};
use std::fs;
use std::path::{Path, PathBuf};
use wit_parser::Resolve;

/// Encodes the WIT package in `folder`, its documentation included, writes it to the file `name.wasm` in `OUT_DIR` and returns
/// where that is. It says of itself the package's name and version and, as the components do, the licence of the package whose
/// build script this is.
///
/// Works only in a build script, whose environment it reads.
pub fn wit_package(name: &str, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
    let folder = folder.as_ref();
    println!("cargo::rerun-if-changed={}", folder.display());
    let failed = |reason: String| Error::Encode { component: name.to_owned(), reason };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder).map_err(|error| failed(format!("{error:#}")))?;
    let encoded = wit_component::encode(&resolve, package, false).map_err(|error| failed(format!("{error:#}")))?;
    let package = &resolve.packages[package].name;
    let version = package.version.as_ref().ok_or_else(|| failed("the package has no version".to_owned()))?;
    let name_of_package = format!("{}:{}", package.namespace, package.name);
    let described = encode::described(&name_of_package, &version.to_string(), &encoded)?;

    let path = PathBuf::from(variable("OUT_DIR")?).join(format!("{name}.wasm"));
    fs::write(&path, described).map_err(|error| Error::File { path: path.clone(), error })?;
    Ok(path)
}
