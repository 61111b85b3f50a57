//! An OCI layout: a folder from which skopeo and other tools take artifacts.

use crate::documents::Descriptor;
use crate::{Artifact, Digest, Sbom, index};
use bytes::Bytes;
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const REFERENCE: &str = "org.opencontainers.image.ref.name";

/// Why an artifact can't be written into a layout.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A file can't be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The folder's index is none.
    #[error("{}: not the index of an OCI layout", path.display())]
    Index {
        /// The file.
        path: PathBuf,
    },
}

/// Writes an artifact under a tag into the layout in a folder, which is made if it is not there. What the layout holds
/// besides stays; an artifact that had the tag loses it.
pub fn write(artifact: &Artifact, folder: &Path, tag: &str) -> Result<(), LayoutError> {
    let mut descriptor = artifact.descriptor();
    descriptor.annotations.insert(REFERENCE, tag.to_owned());
    let [config, layer] = artifact.blobs();
    add(folder, [config, layer, &artifact.manifest], descriptor, |manifest| manifest["annotations"][REFERENCE] == tag)
}

/// Writes an SBOM into the layout in a folder, which has the artifact that it is of. It has no tag.
pub fn write_sbom(sbom: &Sbom, folder: &Path) -> Result<(), LayoutError> {
    let digest = sbom.digest().to_string();
    let [config, document] = sbom.blobs();
    add(folder, [config, document, &sbom.manifest], sbom.descriptor(), |manifest| manifest["digest"] == digest)
}

/// Adds a manifest with what it names, in the place of those in the index that it replaces.
fn add(
    folder: &Path,
    contents: [&Bytes; 3],
    descriptor: Descriptor,
    replaces: impl Fn(&Value) -> bool,
) -> Result<(), LayoutError> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(|error| LayoutError::File { path: blobs.clone(), error })?;
    for content in contents {
        replace(&blobs.join(Digest::of(content).encoded()), content)?;
    }
    replace(&folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let path = folder.join("index.json");
    let index = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|_| LayoutError::Index { path: path.clone() })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => index::empty(),
        Err(error) => return Err(LayoutError::File { path, error }),
    };
    let index = index::with(index, descriptor, replaces).ok_or_else(|| LayoutError::Index { path: path.clone() })?;
    replace(&path, index.to_string().as_bytes())
}

/// Writes a file so that it is there whole or as it was.
fn replace(path: &Path, content: &[u8]) -> Result<(), LayoutError> {
    let written = || {
        let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(content)?;
        // A temporary file is its owner's alone, and an artifact is no secret.
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| LayoutError::File { path: path.to_owned(), error })
}
