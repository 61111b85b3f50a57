//! An OCI layout: a folder from which skopeo and other tools take artifacts.

use crate::documents::Descriptor;
use crate::{Artifact, Digest};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const REFERENCE: &str = "org.opencontainers.image.ref.name";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

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
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(|error| LayoutError::File { path: blobs.clone(), error })?;
    for content in artifact.blobs().into_iter().chain([&artifact.manifest]) {
        replace(&blobs.join(Digest::of(content).encoded()), content)?;
    }
    replace(&folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let path = folder.join("index.json");
    let index = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|_| LayoutError::Index { path: path.clone() })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] })
        }
        Err(error) => return Err(LayoutError::File { path, error }),
    };
    let index = with(index, artifact.descriptor(), tag).ok_or_else(|| LayoutError::Index { path: path.clone() })?;
    replace(&path, index.to_string().as_bytes())
}

/// The index with a manifest under a tag.
fn with(mut index: Value, mut descriptor: Descriptor, tag: &str) -> Option<Value> {
    let manifests = index.get_mut("manifests")?.as_array_mut()?;
    manifests.retain(|manifest| manifest["annotations"][REFERENCE] != tag);
    descriptor.annotations.insert(REFERENCE, tag.to_owned());
    manifests.push(serde_json::to_value(descriptor).ok()?);
    Some(index)
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
