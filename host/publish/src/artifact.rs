//! An artifact: a component with its config and its manifest.

use crate::Digest;
use crate::component::{ComponentError, Described};
use crate::documents::{self, Annotations, Config, Descriptor, Manifest};
use bytes::Bytes;

/// A component as registries keep it. The same component gives the same bytes, whenever and wherever it is published.
#[derive(Debug)]
pub struct Artifact {
    /// What the component says its version is.
    pub version: String,
    pub(crate) manifest: Bytes,
    pub(crate) config: Bytes,
    pub(crate) layer: Bytes,
}

impl Artifact {
    /// The artifact of a component, or of a WIT package in WebAssembly. Its title, description, version, licence and source
    /// are what the component says of itself. `file` is the name under which tools store it, and `documentation` a URL.
    pub fn new(component: &'static [u8], file: &str, documentation: &str) -> Result<Self, ComponentError> {
        let described = Described::read(component)?;
        let mut layer = Descriptor::of(documents::LAYER, component);
        layer.annotations.insert("org.opencontainers.image.title", file.to_owned());
        let config = Bytes::from(serde_json::to_vec(&Config::new(layer.digest.clone(), described.interfaces))?);
        let mut annotations = Annotations::from([
            ("org.opencontainers.image.title", described.name),
            ("org.opencontainers.image.version", described.version.clone()),
            ("org.opencontainers.image.documentation", documentation.to_owned()),
        ]);
        for (name, value) in [
            ("org.opencontainers.image.description", described.description),
            ("org.opencontainers.image.licenses", described.licenses),
            ("org.opencontainers.image.source", described.source),
        ] {
            annotations.extend(value.map(|value| (name, value)));
        }
        let manifest = Manifest {
            schema_version: 2,
            media_type: documents::MANIFEST,
            artifact_type: None,
            config: Descriptor::of(documents::CONFIG, &config),
            layers: [layer],
            subject: None,
            annotations,
        };
        let manifest = Bytes::from(serde_json::to_vec(&manifest)?);
        Ok(Self { version: described.version, manifest, config, layer: Bytes::from_static(component) })
    }

    /// The digest of the manifest, by which the artifact can be pulled.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// The descriptor of the manifest.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor::of(documents::MANIFEST, &self.manifest)
    }

    /// What is stored before the manifest, which names it.
    pub(crate) fn blobs(&self) -> [&Bytes; 2] {
        [&self.config, &self.layer]
    }
}
