//! Manifests with all that they name.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::content::{Algorithm, content};

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// OCI's media type of an empty document.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";

pub(crate) const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub(crate) const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// A manifest.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub digest: String,
    pub media_type: String,
    pub content: Bytes,
    pub tags: Vec<String>,
    /// The digest of what it refers to.
    pub subject: Option<String>,
    /// How a list of referrers should describe it: artifact type and annotations.
    pub described: (Value, Value),
}

/// Manifests with all that they name, in the order in which they are pushed.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub algorithm: Algorithm,
    /// Whether tags are pushed as parameters of the digest.
    pub tags_by_parameter: bool,
    /// Whether the manifests have other content than their digests say.
    pub has_wrong_digests: bool,
    pub blobs: Vec<(String, Bytes)>,
    pub manifests: Vec<Manifest>,
}

impl Package {
    pub fn new(algorithm: Algorithm) -> Self {
        let (blobs, manifests) = (Vec::new(), Vec::new());
        Self { algorithm, tags_by_parameter: false, has_wrong_digests: false, blobs, manifests }
    }

    /// Adds a blob; its descriptor.
    pub fn blob(&mut self, media_type: &str, content: impl Into<Bytes>) -> Value {
        let content = content.into();
        let digest = self.algorithm.digest(&content);
        let descriptor = json!({ "mediaType": media_type, "digest": digest, "size": content.len() });
        if !self.blobs.iter().any(|(known, _)| *known == digest) {
            self.blobs.push((digest, content));
        }
        descriptor
    }

    /// Adds a manifest; its descriptor.
    pub fn manifest(&mut self, mut manifest: Value, tag: &str) -> Value {
        manifest["schemaVersion"] = 2.into();
        let media_type = manifest["mediaType"].as_str().expect("a media type").to_owned();
        let content = Bytes::from(manifest.to_string());
        let digest = self.algorithm.digest(&content);
        let descriptor = json!({ "mediaType": media_type, "digest": digest, "size": content.len() });
        let artifact_type = match (&manifest["artifactType"], &manifest["config"]["mediaType"]) {
            (Value::Null, config) => config.clone(),
            (stated, _) => stated.clone(),
        };
        self.manifests.push(Manifest {
            digest,
            media_type,
            content,
            tags: if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] },
            subject: manifest["subject"]["digest"].as_str().map(str::to_owned),
            described: (artifact_type, manifest["annotations"].clone()),
        });
        descriptor
    }

    /// Adds what an image of two layers is made of; the image.
    pub fn image_of(&mut self, seed: &str) -> Value {
        let layers = ["first", "second"].map(|place| self.blob(LAYER, content(&format!("{seed} {place}"), 2048)));
        let config = self.blob(CONFIG, json!({ "os": "linux", "architecture": "amd64", "seed": seed }).to_string());
        json!({ "mediaType": IMAGE, "config": config, "layers": layers })
    }

    /// Adds an image of two layers; its descriptor.
    pub fn image(&mut self, seed: &str, tag: &str) -> Value {
        let image = self.image_of(seed);
        self.manifest(image, tag)
    }

    /// Adds an index of two images; its descriptor.
    pub fn index(&mut self, seed: &str, tag: &str) -> Value {
        let images = ["amd64", "arm64"].map(|platform| {
            let mut image = self.image(&format!("{seed} {platform}"), "");
            image["platform"] = json!({ "os": "linux", "architecture": platform });
            image
        });
        self.manifest(json!({ "mediaType": INDEX, "manifests": images }), tag)
    }

    /// Adds what an artifact of one layer is made of; the artifact.
    pub fn artifact_of(&mut self, seed: &str, artifact_type: &str) -> Value {
        let layer = self.blob(artifact_type, content(seed, 700));
        let config = self.blob(EMPTY, "{}");
        json!({ "mediaType": IMAGE, "artifactType": artifact_type, "config": config, "layers": [layer] })
    }
}
