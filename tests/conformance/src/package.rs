//! Manifests with all that they name, and the whole life of them in a registry.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::api::{Call, check_digest, header, json as document, with_parameter};
use crate::client::Client;
use crate::content::Algorithm;
use crate::upload::{Outcome, Way};

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

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
    pub blobs: Vec<(String, Bytes)>,
    pub manifests: Vec<Manifest>,
}

impl Package {
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, tags_by_parameter: false, blobs: Vec::new(), manifests: Vec::new() }
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

    /// Adds an image of two layers; its descriptor.
    pub fn image(&mut self, seed: &str, tag: &str) -> Value {
        let layers: Vec<Value> =
            (0..2).map(|place| self.blob(LAYER, crate::content::content(&format!("{seed} {place}"), 2048))).collect();
        let config = self.blob(CONFIG, json!({ "os": "linux", "architecture": "amd64", "seed": seed }).to_string());
        self.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": layers }), tag)
    }

    /// Pushes all, reads all, and deletes all.
    pub async fn live(&self, client: &impl Client, name: &str) {
        self.push(client, name).await;
        self.read(client, name).await;
        self.list(client, name).await;
        self.delete(client, name).await;
    }

    async fn push(&self, client: &impl Client, name: &str) {
        for (digest, content) in &self.blobs {
            Way::PostPut.push(client, name, digest, content, Outcome::Created).await;
        }
        for manifest in &self.manifests {
            let mut uri = format!("/v2/{name}/manifests/{}", manifest.digest);
            if self.tags_by_parameter {
                for tag in &manifest.tags {
                    uri = with_parameter(&uri, "tag", tag);
                }
            }
            let response = manifest.put(client, &uri).await;
            if self.tags_by_parameter {
                let named: Vec<_> =
                    response.headers().get_all("oci-tag").iter().map(|tag| tag.to_str().expect("text")).collect();
                assert_eq!(named, manifest.tags);
            } else {
                for tag in &manifest.tags {
                    manifest.put(client, &format!("/v2/{name}/manifests/{tag}")).await;
                }
            }
        }
    }

    async fn read(&self, client: &impl Client, name: &str) {
        for (digest, content) in &self.blobs {
            let uri = format!("/v2/{name}/blobs/{digest}");
            let head = Call::new("HEAD", &uri).expect(client, &[200]).await;
            check_digest(&head, digest);
            assert_eq!(header(&head, "content-length"), content.len().to_string());
            assert_eq!(Call::new("GET", &uri).expect(client, &[200]).await.body(), content);
        }
        for manifest in &self.manifests {
            for reference in manifest.tags.iter().chain([&manifest.digest]) {
                for method in ["HEAD", "GET"] {
                    let call = Call::new(method, format!("/v2/{name}/manifests/{reference}"));
                    let response = call.header("accept", format!("{IMAGE}, {INDEX}")).expect(client, &[200]).await;
                    check_digest(&response, &manifest.digest);
                    assert_eq!(header(&response, "content-type"), manifest.media_type);
                    assert_eq!(header(&response, "content-length"), manifest.content.len().to_string());
                    if method == "GET" {
                        assert_eq!(response.body(), &manifest.content);
                    } else {
                        assert!(response.body().is_empty());
                    }
                }
            }
        }
    }

    async fn list(&self, client: &impl Client, name: &str) {
        let mut tags: Vec<&String> = self.manifests.iter().flat_map(|manifest| &manifest.tags).collect();
        tags.sort();
        let uri = format!("/v2/{name}/tags/list");
        let listed = document(&Call::new("GET", &uri).expect(client, &[200]).await);
        assert_eq!((&listed["name"], &listed["tags"]), (&json!(name), &json!(tags)));
        if let Some(middle) = tags.len().checked_div(2).filter(|middle| *middle > 0) {
            let rest = with_parameter(&uri, "last", tags[middle - 1]);
            let listed = document(&Call::new("GET", rest).expect(client, &[200]).await);
            assert_eq!(listed["tags"], json!(tags[middle..]));
            let first = with_parameter(&uri, "n", &middle.to_string());
            let response = Call::new("GET", first).expect(client, &[200]).await;
            assert_eq!(document(&response)["tags"], json!(tags[..middle]));
            assert!(header(&response, "link").contains("rel=\"next\""));
        }
        for manifest in &self.manifests {
            manifest.check_listed(client, name).await;
        }
    }

    async fn delete(&self, client: &impl Client, name: &str) {
        for manifest in self.manifests.iter().rev() {
            for reference in manifest.tags.iter().chain([&manifest.digest]) {
                let uri = format!("/v2/{name}/manifests/{reference}");
                Call::new("DELETE", &uri).expect(client, &[202]).await;
                Call::new("HEAD", &uri).expect(client, &[404]).await;
            }
            if let Some(subject) = &manifest.subject {
                let uri = format!("/v2/{name}/referrers/{subject}");
                let index = document(&Call::new("GET", uri).expect(client, &[200]).await);
                let listed = index["manifests"].as_array().expect("a list");
                assert!(listed.iter().all(|entry| entry["digest"] != manifest.digest));
            }
        }
        for (digest, _) in &self.blobs {
            let uri = format!("/v2/{name}/blobs/{digest}");
            Call::new("DELETE", &uri).expect(client, &[202]).await;
            Call::new("HEAD", &uri).expect(client, &[404]).await;
        }
    }
}

impl Manifest {
    async fn put(&self, client: &impl Client, uri: &str) -> http::Response<Bytes> {
        let call = Call::new("PUT", uri).header("content-type", &self.media_type).body(self.content.clone());
        let response = call.expect(client, &[201]).await;
        check_digest(&response, &self.digest);
        assert!(!header(&response, "location").is_empty());
        assert_eq!(header(&response, "oci-subject"), self.subject.as_deref().unwrap_or_default());
        response
    }

    /// Checks that what it refers to lists it, with and without a filter.
    async fn check_listed(&self, client: &impl Client, name: &str) {
        let Some(subject) = &self.subject else { return };
        let uri = format!("/v2/{name}/referrers/{subject}");
        let (artifact_type, annotations) = &self.described;
        let mut queries = vec![(uri.clone(), true)];
        if let Some(artifact_type) = artifact_type.as_str() {
            queries.push((with_parameter(&uri, "artifactType", &artifact_type.replace('+', "%2B")), true));
        }
        queries.push((with_parameter(&uri, "artifactType", "application/x-of-nothing"), false));
        for (uri, is_listed) in queries {
            let response = Call::new("GET", &uri).expect(client, &[200]).await;
            assert_eq!(header(&response, "content-type"), INDEX);
            if uri.contains("artifactType") {
                assert_eq!(header(&response, "oci-filters-applied"), "artifactType");
            }
            let index = document(&response);
            assert_eq!((&index["schemaVersion"], &index["mediaType"]), (&json!(2), &json!(INDEX)));
            let entries = index["manifests"].as_array().expect("a list");
            let entry = entries.iter().find(|entry| entry["digest"] == self.digest);
            assert_eq!(entry.is_some(), is_listed, "{uri}: {index}");
            if let Some(entry) = entry {
                assert_eq!(
                    (&entry["mediaType"], &entry["size"]),
                    (&json!(self.media_type), &json!(self.content.len()))
                );
                assert_eq!((&entry["artifactType"], &entry["annotations"]), (artifact_type, annotations));
            }
        }
    }
}
