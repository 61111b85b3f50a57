//! The whole life of a package in a registry: pushed, listed, looked at, read, and deleted.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::api::{Call, check_digest, check_length, header, json as document, location, next_page, with_parameter};
use crate::client::Client;
use crate::package::{IMAGE, INDEX, Manifest, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

/// An artifact type that no package has.
const NO_TYPE: &str = "application/vnd.example.of-nothing";

/// A package in a repository.
struct Life<'a, C> {
    run: &'a Run<'a, C>,
    package: &'a Package,
    /// The repository's name.
    name: &'a str,
}

/// Has a package live in a repository.
pub(crate) async fn live<C: Client>(run: &Run<'_, C>, name: &str, package: &Package) {
    let life = Life { run, package, name };
    life.push().await;
    life.list().await;
    life.head().await;
    life.pull().await;
    life.refer().await;
    life.delete().await;
}

impl<C: Client> Life<'_, C> {
    fn manifest_uri(&self, reference: &str) -> String {
        format!("/v2/{}/manifests/{reference}", self.name)
    }

    fn blob_uri(&self, digest: &str) -> String {
        format!("/v2/{}/blobs/{digest}", self.name)
    }

    fn tags_uri(&self) -> String {
        format!("/v2/{}/tags/list", self.name)
    }

    /// Each tag with its manifest.
    fn tags(&self) -> impl Iterator<Item = (&String, &Manifest)> {
        self.package.manifests.iter().flat_map(|manifest| manifest.tags.iter().map(move |tag| (tag, manifest)))
    }

    /// The manifests that are to be there.
    fn manifests(&self) -> &[Manifest] {
        if self.package.has_wrong_digests { &[] } else { &self.package.manifests }
    }

    async fn push(&self) {
        for (digest, content) in &self.package.blobs {
            let push = Way::PostPut.push(self.run.client, self.name, digest, content, Outcome::Created);
            self.run.check("push/blob-post-put", push).await;
        }
        for manifest in &self.package.manifests {
            self.run.check("push/manifest-by-digest", self.push_by_digest(manifest)).await;
        }
        if !self.package.tags_by_parameter {
            for (tag, manifest) in self.tags() {
                self.run.check("push/manifest-by-tag", self.put(manifest, &self.manifest_uri(tag))).await;
            }
        }
    }

    async fn push_by_digest(&self, manifest: &Manifest) {
        let mut uri = self.manifest_uri(&manifest.digest);
        if self.package.has_wrong_digests {
            let call = Call::new("PUT", uri).header("content-type", &manifest.media_type);
            call.body(manifest.content.clone()).expect_error(self.run.client, 400, "DIGEST_INVALID").await;
            return;
        }
        if self.package.tags_by_parameter {
            for tag in &manifest.tags {
                uri = with_parameter(&uri, "tag", tag);
            }
        }
        let response = self.put(manifest, &uri).await;
        if self.package.tags_by_parameter {
            let values = response.headers().get_all("oci-tag").iter().map(|value| value.to_str().expect("text"));
            let named: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
            assert_eq!(named, manifest.tags);
        }
    }

    /// Pushes a manifest, and reads it where the response says that it is.
    async fn put(&self, manifest: &Manifest, uri: &str) -> Response<Bytes> {
        let call = Call::new("PUT", uri).header("content-type", &manifest.media_type);
        let response = call.body(manifest.content.clone()).expect(self.run.client, &[201]).await;
        check_digest(&response, &manifest.digest);
        assert_eq!(header(&response, "oci-subject"), manifest.subject.as_deref().unwrap_or_default());
        let read = Call::get(location(&response)).expect(self.run.client, &[200]).await;
        assert_eq!(read.body(), &manifest.content);
        response
    }

    async fn list(&self) {
        let mut tags: Vec<&String> = self.tags().map(|(tag, _)| tag).collect();
        tags.sort();
        self.run.check("tag-list", self.list_tags(&tags)).await;
    }

    async fn list_tags(&self, tags: &[&String]) {
        let listed = document(&Call::get(self.tags_uri()).expect(self.run.client, &[200]).await);
        assert_eq!((&listed["name"], &listed["tags"]), (&json!(self.name), &json!(tags)));
        if let Some(middle) = tags.len().checked_div(2).filter(|middle| *middle > 0) {
            let rest = with_parameter(&self.tags_uri(), "last", tags[middle - 1]);
            let listed = document(&Call::get(rest).expect(self.run.client, &[200]).await);
            assert_eq!(listed["tags"], json!(tags[middle..]));
        }
    }

    /// Checks the head of a response with a manifest.
    fn check_manifest(response: &Response<Bytes>, manifest: &Manifest) {
        check_digest(response, &manifest.digest);
        check_length(response, manifest.content.len());
        assert_eq!(header(response, "content-type"), manifest.media_type);
    }

    async fn head_manifest(&self, reference: &str, manifest: &Manifest) {
        let call = Call::head(self.manifest_uri(reference)).header("accept", format!("{INDEX}, {IMAGE}"));
        Self::check_manifest(&call.expect(self.run.client, &[200]).await, manifest);
    }

    async fn head(&self) {
        for (tag, manifest) in self.tags() {
            self.run.check("head/manifest-head-by-tag", self.head_manifest(tag, manifest)).await;
        }
        for manifest in self.manifests() {
            self.run.check("head/manifest-head-by-digest", self.head_manifest(&manifest.digest, manifest)).await;
        }
        for (digest, content) in &self.package.blobs {
            let look = async {
                let response = Call::head(self.blob_uri(digest)).expect(self.run.client, &[200]).await;
                check_digest(&response, digest);
                check_length(&response, content.len());
            };
            self.run.check("head/blob-head", look).await;
        }
    }

    async fn pull_manifest(&self, reference: &str, manifest: &Manifest) {
        let call = Call::get(self.manifest_uri(reference)).header("accept", format!("{INDEX}, {IMAGE}"));
        let response = call.expect(self.run.client, &[200]).await;
        Self::check_manifest(&response, manifest);
        assert_eq!(response.body(), &manifest.content);
    }

    async fn pull(&self) {
        for (tag, manifest) in self.tags() {
            self.run.check("pull/manifest-by-tag", self.pull_manifest(tag, manifest)).await;
        }
        for manifest in self.manifests() {
            self.run.check("pull/manifest-by-digest", self.pull_manifest(&manifest.digest, manifest)).await;
        }
        for (digest, content) in &self.package.blobs {
            let read = async {
                let response = Call::get(self.blob_uri(digest)).expect(self.run.client, &[200]).await;
                check_digest(&response, digest);
                check_length(&response, content.len());
                assert_eq!(response.body(), content);
            };
            self.run.check("pull/blob-get", read).await;
        }
    }

    /// The manifests that refer to a digest.
    fn referrers<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a Manifest> {
        self.package.manifests.iter().filter(move |manifest| manifest.subject.as_deref() == Some(subject))
    }

    async fn refer(&self) {
        let mut subjects: Vec<&str> = self.package.manifests.iter().flat_map(|one| one.subject.as_deref()).collect();
        subjects.dedup();
        for subject in subjects {
            self.run.check("referrers", self.list_referrers(subject, None)).await;
            let mut types: Vec<&str> = self.referrers(subject).flat_map(|one| one.described.0.as_str()).collect();
            types.push(NO_TYPE);
            types.sort();
            types.dedup();
            for wanted in types {
                self.run.check("referrers by type", self.list_referrers(subject, Some(wanted))).await;
            }
        }
    }

    /// Checks that exactly those are listed that refer to a digest, and are of a type if one is wanted.
    async fn list_referrers(&self, subject: &str, wanted: Option<&str>) {
        let mut uri = format!("/v2/{}/referrers/{subject}", self.name);
        if let Some(wanted) = wanted {
            uri = with_parameter(&uri, "artifactType", wanted);
        }
        let response = Call::get(uri).expect(self.run.client, &[200]).await;
        assert_eq!(header(&response, "content-type"), INDEX);
        assert_eq!(header(&response, "oci-filters-applied"), wanted.map_or("", |_| "artifactType"));
        assert_eq!(next_page(&response), None);
        let index = document(&response);
        assert_eq!((&index["schemaVersion"], &index["mediaType"]), (&json!(2), &json!(INDEX)));
        let by_digest = |mut entries: Vec<Value>| {
            entries.sort_by_key(|entry| entry["digest"].to_string());
            entries
        };
        let referrers = self.referrers(subject);
        let expected = referrers.filter(|one| wanted.is_none_or(|wanted| one.described.0 == wanted)).map(|manifest| {
            let (artifact_type, annotations) = &manifest.described;
            let mut entry = json!({ "mediaType": manifest.media_type, "digest": manifest.digest });
            entry["size"] = manifest.content.len().into();
            for (field, value) in [("artifactType", artifact_type), ("annotations", annotations)] {
                if !value.is_null() {
                    entry[field] = value.clone();
                }
            }
            entry
        });
        let listed = index["manifests"].as_array().expect("a list").clone();
        assert_eq!(by_digest(listed), by_digest(expected.collect()));
    }

    async fn delete(&self) {
        for (tag, _) in self.tags() {
            self.delete_one("delete/tag-delete", &self.manifest_uri(tag), 202).await;
        }
        for manifest in self.package.manifests.iter().rev() {
            let status = if self.package.has_wrong_digests { 404 } else { 202 };
            self.delete_one("delete/manifest-delete", &self.manifest_uri(&manifest.digest), status).await;
        }
        for (digest, _) in &self.package.blobs {
            self.delete_one("delete/blob-delete", &self.blob_uri(digest), 202).await;
        }
    }

    /// Deletes something, which then is gone at once.
    async fn delete_one(&self, case: &str, uri: &str, status: u16) {
        self.run.check(case, Call::delete(uri).expect(self.run.client, &[status])).await;
        self.run.check(format!("{case} at once"), Call::head(uri).expect(self.run.client, &[404])).await;
    }
}
