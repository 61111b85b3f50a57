//! What the registry asks of a manifest that is pushed. The bytes themselves are kept as they came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::failure::{ErrorCode, Failure};
use crate::gc::Kind;

/// OCI's media type of an index.
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// OCI's media type of an image manifest.
pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub(super) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// A descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing)]
    pub(super) urls: Option<Vec<String>>,
}

/// The fields of a manifest or an index by which a registry judges it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    schema_version: Option<u64>,
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::bad_request(ErrorCode::ManifestInvalid, message)
}

/// A media type without its parameters.
pub(crate) fn base_type(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

impl Document {
    /// Reads a manifest.
    pub fn parse(content: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(content).map_err(|error| invalid(format!("this is not a manifest: {error}")))
    }

    /// The media type: the one it states, or OCI's by its form.
    pub fn media_type(&self) -> &str {
        match (&self.media_type, &self.manifests) {
            (Some(stated), _) => stated,
            (None, Some(_)) => OCI_INDEX,
            (None, None) => OCI_MANIFEST,
        }
    }

    /// Whether it is one of Docker's first schema, which has no media type of its own.
    fn is_schema_1(&self) -> bool {
        self.schema_version == Some(1)
    }

    /// Checks a manifest that was pushed with this `Content-Type`.
    pub fn check(&self, content_type: Option<&str>, any_type: bool) -> Result<(), Failure> {
        if self.is_schema_1() {
            return Err(invalid("manifests of schema 1 are not taken: push the image with a newer client"));
        }
        let media_type = self.media_type();
        if let Some(content_type) = content_type.map(base_type)
            && content_type != media_type
        {
            return Err(invalid(format!(
                "the Content-Type is {content_type} and the manifest's media type {media_type}"
            )));
        }
        let (is_index, is_image) = (self.manifests.is_some(), self.config.is_some());
        match media_type {
            OCI_INDEX | DOCKER_LIST if is_index && !is_image && self.layers.is_none() => {}
            OCI_MANIFEST | DOCKER_MANIFEST if is_image && !is_index && self.layers.is_some() => {}
            OCI_INDEX | DOCKER_LIST => {
                return Err(invalid("an index has `manifests`, and neither `config` nor `layers`"));
            }
            OCI_MANIFEST | DOCKER_MANIFEST => {
                return Err(invalid("an image manifest has `config` and `layers`, and no `manifests`"));
            }
            _ if any_type => {}
            other => return Err(invalid(format!("manifests of the media type {other} are not taken"))),
        }
        self.references().map(drop)?;
        self.subject().map(drop)
    }

    /// What it names that must be in its repository. Layers that are fetched from elsewhere need not be.
    pub fn references(&self) -> Result<Vec<(Kind, Digest)>, Failure> {
        let manifests = self.manifests.iter().flatten().map(|descriptor| (Kind::Manifest, descriptor));
        let layers = self.layers.iter().flatten().filter(|layer| !layer.is_elsewhere());
        let blobs = self.config.iter().chain(layers).map(|descriptor| (Kind::Blob, descriptor));
        let mut references = Vec::new();
        for (kind, descriptor) in manifests.chain(blobs) {
            let reference = (kind, descriptor.parsed_digest()?);
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        Ok(references)
    }

    /// The digest of what it refers to.
    pub fn subject(&self) -> Result<Option<Digest>, Failure> {
        self.subject.as_ref().map(Descriptor::parsed_digest).transpose()
    }
}

impl Descriptor {
    fn parsed_digest(&self) -> Result<Digest, Failure> {
        Digest::parse(&self.digest).ok_or_else(|| {
            invalid("a descriptor's digest is neither sha256 nor sha512").with_detail(self.digest.clone().into())
        })
    }

    /// Whether a layer is one that may not be distributed by registries, or that states where else it is.
    fn is_elsewhere(&self) -> bool {
        self.urls.as_ref().is_some_and(|urls| !urls.is_empty()) || is_not_distributed(&self.media_type)
    }
}

/// Whether layers of a media type may not be distributed by registries.
pub(super) fn is_not_distributed(media_type: &str) -> bool {
    media_type.contains(".layer.nondistributable.")
        || media_type == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(media_type: &str, letter: char) -> serde_json::Value {
        let digest = format!("sha256:{}", letter.to_string().repeat(64));
        serde_json::json!({ "mediaType": media_type, "digest": digest, "size": 3 })
    }

    fn document(value: serde_json::Value) -> Document {
        Document::parse(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn media_type_is_the_stated_one_or_follows_from_the_form() {
        let config = descriptor("application/vnd.oci.image.config.v1+json", 'a');
        let image = serde_json::json!({ "schemaVersion": 2, "config": config, "layers": [] });
        assert_eq!(document(image.clone()).media_type(), OCI_MANIFEST);
        assert_eq!(document(serde_json::json!({ "schemaVersion": 2, "manifests": [] })).media_type(), OCI_INDEX);
        let mut docker = image.clone();
        docker["mediaType"] = DOCKER_MANIFEST.into();
        assert_eq!(document(docker.clone()).media_type(), DOCKER_MANIFEST);

        document(docker.clone()).check(Some(DOCKER_MANIFEST), false).unwrap();
        document(image.clone())
            .check(Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"), false)
            .unwrap();
        document(image.clone()).check(None, false).unwrap();
        for (value, content_type) in [
            (docker, OCI_MANIFEST),
            (image.clone(), DOCKER_MANIFEST),
            (image, OCI_INDEX),
            (serde_json::json!({ "schemaVersion": 2, "manifests": [], "layers": [] }), OCI_INDEX),
            (serde_json::json!({ "schemaVersion": 2 }), OCI_MANIFEST),
            (serde_json::json!({ "schemaVersion": 1, "fsLayers": [] }), OCI_MANIFEST),
            (serde_json::json!({ "schemaVersion": 2, "mediaType": "application/x" }), "application/x"),
        ] {
            let failure = document(value.clone()).check(Some(content_type), false).unwrap_err();
            assert_eq!(failure.errors[0].code, ErrorCode::ManifestInvalid, "{value}");
        }
        document(serde_json::json!({ "schemaVersion": 2, "mediaType": "application/x" })).check(None, true).unwrap();
    }

    #[test]
    fn references_leave_out_layers_that_are_elsewhere() {
        let mut foreign = descriptor("application/vnd.oci.image.layer.v1.tar", 'c');
        foreign["urls"] = serde_json::json!(["https://elsewhere.example/"]);
        let image = document(serde_json::json!({
            "config": descriptor("application/vnd.oci.image.config.v1+json", 'a'),
            "layers": [
                descriptor("application/vnd.oci.image.layer.v1.tar", 'b'),
                foreign,
                descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", 'd'),
                descriptor("application/vnd.oci.image.layer.v1.tar", 'b'),
            ],
        }));
        let digests: Vec<_> =
            image.references().unwrap().iter().map(|(_, digest)| digest.encoded()[..1].to_owned()).collect();
        assert_eq!(digests, ["a", "b"]);
    }
}
