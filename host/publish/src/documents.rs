//! The JSON documents of an artifact: OCI's manifest, and the config of the working group for WebAssembly.

use crate::Digest;
use serde::Serialize;
use std::collections::BTreeMap;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER: &str = "application/wasm";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The JSON of CycloneDX.
pub const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
/// The config of an artifact that has none: the document [`NOTHING`].
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub const NOTHING: &[u8] = b"{}";

pub type Annotations = BTreeMap<&'static str, String>;

/// What a document says of content that is kept elsewhere.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: &'static str,
    pub digest: Digest,
    pub size: usize,
    /// What the manifest that it names is, where that is an artifact of another kind than its config says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

impl Descriptor {
    pub fn of(media_type: &'static str, content: &[u8]) -> Self {
        let (digest, size) = (Digest::of(content), content.len());
        Self { media_type, digest, size, artifact_type: None, annotations: Annotations::new() }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub schema_version: u32,
    pub media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<&'static str>,
    pub config: Descriptor,
    pub layers: [Descriptor; 1],
    /// The manifest that this one says something of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The layout wants a time. A real one would give each push of the same component another digest.
    pub created: &'static str,
    pub architecture: &'static str,
    /// `wasip2` is a component of any version of WASI, and `wasip1` a module.
    pub os: &'static str,
    pub layer_digests: [Digest; 1],
    pub component: Interfaces,
}

impl Config {
    pub fn new(layer: Digest, component: Interfaces) -> Self {
        Self { created: "1970-01-01T00:00:00Z", architecture: "wasm", os: "wasip2", layer_digests: [layer], component }
    }
}

/// What a component exports and imports, by the names of its world: `wasi:http/types@0.3.0`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Interfaces {
    pub exports: Vec<String>,
    pub imports: Vec<String>,
}
