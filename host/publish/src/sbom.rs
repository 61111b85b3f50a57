//! An SBOM: an artifact that refers to the component of which it says what is in it.

use crate::component::ComponentError;
use crate::documents::{self, Annotations, Descriptor, Manifest};
use crate::{Artifact, Digest};
use bytes::Bytes;

/// An SBOM as registries keep it: an artifact whose subject is another one, by whose digest clients find it (the referrers of
/// OCI's specification 1.1). The same SBOM of the same component gives the same bytes, whenever and wherever it is published.
#[derive(Debug)]
pub struct Sbom {
    pub(crate) manifest: Bytes,
    /// The digest of the manifest of which it is.
    pub(crate) subject: Digest,
    config: Bytes,
    document: Bytes,
}

impl Sbom {
    /// The SBOM of an artifact, as a document in the JSON of CycloneDX. `file` is the name under which tools store it.
    pub fn cyclonedx(subject: &Artifact, document: &'static str, file: &str) -> Result<Self, ComponentError> {
        let mut layer = Descriptor::of(documents::CYCLONEDX, document.as_bytes());
        layer.annotations.insert("org.opencontainers.image.title", file.to_owned());
        let manifest = Manifest {
            schema_version: 2,
            media_type: documents::MANIFEST,
            artifact_type: Some(documents::CYCLONEDX),
            config: Descriptor::of(documents::EMPTY, documents::NOTHING),
            layers: [layer],
            subject: Some(subject.descriptor()),
            annotations: Annotations::new(),
        };
        Ok(Self {
            manifest: Bytes::from(serde_json::to_vec(&manifest)?),
            subject: subject.digest(),
            config: Bytes::from_static(documents::NOTHING),
            document: Bytes::from_static(document.as_bytes()),
        })
    }

    /// The digest of the manifest, by which the SBOM can be pulled.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// The descriptor of the manifest, as a list of referrers has it.
    pub(crate) fn descriptor(&self) -> Descriptor {
        let descriptor = Descriptor::of(documents::MANIFEST, &self.manifest);
        Descriptor { artifact_type: Some(documents::CYCLONEDX), ..descriptor }
    }

    /// What is stored before the manifest, which names it.
    pub(crate) fn blobs(&self) -> [&Bytes; 2] {
        [&self.config, &self.document]
    }
}
