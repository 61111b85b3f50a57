//! Manifests of every form: pushed with all they name, read, listed and deleted.

use serde_json::{Value, json};

use crate::api::Call;
use crate::client::Client;
use crate::content::{Algorithm, content};
use crate::package::{CONFIG, IMAGE, INDEX, LAYER, Package};

/// OCI's media type of an empty document.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

fn package() -> Package {
    Package::new(Algorithm::Sha256)
}

fn index_of(manifests: &[Value]) -> Value {
    json!({ "mediaType": INDEX, "manifests": manifests })
}

fn artifact_of(package: &mut Package, seed: &str) -> Value {
    let layer = package.blob("application/x-artifact", content(seed, 700));
    let config = package.blob(EMPTY, "{}");
    json!({ "mediaType": IMAGE, "artifactType": "application/x-artifact+json", "config": config, "layers": [layer] })
}

fn index_package(mut package: Package, seed: &str, tag: &str) -> Package {
    let images = [package.image(&format!("{seed} one"), ""), package.image(&format!("{seed} two"), "")];
    package.manifest(index_of(&images), tag);
    package
}

/// An image.
pub async fn image(client: &impl Client) {
    let mut package = package();
    for tag in ["image", "image-two", "image.three"] {
        package.image(tag, tag);
    }
    package.live(client, "data/image").await;
}

/// A manifest of nearly 4 MB, by its annotations.
pub async fn large_manifest(client: &impl Client) {
    let mut package = package();
    let config = package.blob(CONFIG, "{\"large\":true}");
    let annotations: serde_json::Map<String, Value> =
        (0..3900).map(|place| (format!("x.{place}"), json!("y".repeat(980)))).collect();
    package
        .manifest(json!({ "mediaType": IMAGE, "config": config, "layers": [], "annotations": annotations }), "large");
    let size = package.manifests[0].content.len();
    assert!((3_800_000..4_000_000).contains(&size), "{size}");
    package.live(client, "data/large").await;
}

/// An index of two images.
pub async fn index(client: &impl Client) {
    index_package(package(), "index", "index").live(client, "data/index").await;
}

/// An index of indexes.
pub async fn nested_index(client: &impl Client) {
    let mut package = package();
    let images = [package.image("nested one", ""), package.image("nested two", "")];
    let inner = [package.manifest(index_of(&images), "inner"), package.manifest(index_of(&images[..1]), "")];
    package.manifest(index_of(&inner), "outer");
    package.live(client, "data/nested").await;
}

/// An index of nothing.
pub async fn empty_index(client: &impl Client) {
    let mut package = package();
    package.manifest(index_of(&[]), "empty");
    package.live(client, "data/empty-index").await;
}

/// An artifact.
pub async fn artifact(client: &impl Client) {
    let mut package = package();
    let artifact = artifact_of(&mut package, "artifact");
    package.manifest(artifact, "artifact");
    package.live(client, "data/artifact").await;
}

/// An index of artifacts with a type of its own.
pub async fn artifact_index(client: &impl Client) {
    let mut package = package();
    let artifacts: Vec<Value> = ["one", "two"]
        .iter()
        .map(|seed| {
            let artifact = artifact_of(&mut package, seed);
            package.manifest(artifact, "")
        })
        .collect();
    let mut index = index_of(&artifacts);
    index["artifactType"] = "application/x-artifact-index".into();
    package.manifest(index, "artifacts");
    package.live(client, "data/artifact-index").await;
}

/// An artifact whose only layer is the empty document, which is its config too.
pub async fn artifact_without_layers(client: &impl Client) {
    let mut package = package();
    let empty = package.blob(EMPTY, "{}");
    package.manifest(
        json!({ "mediaType": IMAGE, "artifactType": "application/x-bare", "config": empty, "layers": [empty],
            "annotations": { "key": "value" } }),
        "bare",
    );
    package.live(client, "data/bare").await;
}

/// An image, and artifacts that refer to it.
pub async fn image_with_referrers(client: &impl Client) {
    let mut package = package();
    let subject = package.image("subject", "subject");
    for seed in ["one", "two"] {
        let mut artifact = artifact_of(&mut package, seed);
        artifact["subject"] = subject.clone();
        artifact["annotations"] = json!({ "which": seed });
        package.manifest(artifact, "");
    }
    let config = package.blob(CONFIG, "{\"refers\":true}");
    package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": [], "subject": subject }), "refers");
    package.live(client, "data/referrers").await;
}

/// Indexes that refer to an index.
pub async fn index_with_a_subject(client: &impl Client) {
    let mut package = package();
    let images = [package.image("subject one", "")];
    let subject = package.manifest(index_of(&images), "subject");
    let mut plain = index_of(&images);
    plain["subject"] = subject.clone();
    plain["annotations"] = json!({ "which": "plain" });
    package.manifest(plain.clone(), "plain");
    plain["artifactType"] = "application/x-index".into();
    package.manifest(plain, "typed");
    package.live(client, "data/index-subject").await;
}

/// An artifact that refers to what is not there.
pub async fn missing_subject(client: &impl Client) {
    let mut package = package();
    let mut artifact = artifact_of(&mut package, "missing subject");
    artifact["subject"] = json!({ "mediaType": IMAGE, "digest": Algorithm::Sha256.digest(b"missing"), "size": 7 });
    package.manifest(artifact, "refers");
    package.live(client, "data/missing-subject").await;
}

/// A descriptor that holds the content too.
pub async fn descriptor_with_data(client: &impl Client) {
    let mut package = package();
    let mut artifact = artifact_of(&mut package, "data");
    artifact["config"]["data"] = "e30=".into();
    package.manifest(artifact, "data");
    package.live(client, "data/data").await;
}

/// Layers that are not pushed, because they may not be distributed.
pub async fn layers_that_are_not_distributable(client: &impl Client) {
    let mut package = package();
    let elsewhere = |media_type: &str, seed: &str| {
        let digest = Algorithm::Sha256.digest(seed.as_bytes());
        let url = format!("https://store.example.com/{digest}");
        json!({ "mediaType": media_type, "digest": digest, "size": 123_456, "urls": [url] })
    };
    let layers = [
        elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "first"),
        elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar", "second"),
        package.blob(LAYER, content("third", 600)),
    ];
    let config = package.blob(CONFIG, "{\"elsewhere\":true}");
    package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": layers }), "elsewhere");
    package.live(client, "data/elsewhere").await;
}

/// Fields that nobody knows.
pub async fn unknown_fields(client: &impl Client) {
    let mut package = package();
    let config = package.blob(CONFIG, "{\"org.example.unknown\":[1,2]}");
    let mut image = json!({ "mediaType": IMAGE, "config": config, "layers": [], "org.example.unknown": "x" });
    image["config"]["unknown"] = 1.into();
    let image = package.manifest(image, "");
    let mut index = index_of(&[image]);
    index["org.example.unknown"] = json!({ "deep": [true] });
    package.manifest(index, "unknown");
    package.live(client, "data/unknown").await;
}

/// An image with an empty list of layers.
pub async fn image_without_layers(client: &impl Client) {
    let mut package = package();
    let config = package.blob(CONFIG, "{\"layers\":0}");
    package.manifest(json!({ "mediaType": IMAGE, "config": config, "layers": [] }), "no-layers");
    package.live(client, "data/no-layers").await;
}

/// An index whose digests are all SHA-512, by its digest alone.
pub async fn sha512_index(client: &impl Client) {
    let mut package = index_package(Package::new(Algorithm::Sha512), "sha512", "unused");
    for manifest in &mut package.manifests {
        manifest.tags.clear();
    }
    package.live(client, "data/sha512").await;
}

async fn by_parameter(client: &impl Client, algorithm: Algorithm, name: &str) {
    let mut package = index_package(Package::new(algorithm), name, "first");
    package.tags_by_parameter = true;
    let index = package.manifests.last_mut().expect("the index");
    index.tags.extend((0..10).map(|place| format!("tag-{place}")));
    package.live(client, name).await;
}

/// Eleven tags in the request that pushes the digest.
pub async fn tags_by_parameter(client: &impl Client) {
    by_parameter(client, Algorithm::Sha256, "data/tags").await;
}

/// The same for a digest of SHA-512, for which there is no other way to have a tag.
pub async fn tags_by_parameter_with_sha512(client: &impl Client) {
    by_parameter(client, Algorithm::Sha512, "data/tags-sha512").await;
}

/// A manifest with some white space that its digest does not know.
pub async fn image_with_a_wrong_digest_is_refused(client: &impl Client) {
    let mut package = package();
    package.image("wrong digest", "");
    let manifest = package.manifests.remove(0);
    package.live(client, "data/wrong").await;
    let changed = [manifest.content.as_ref(), b"  "].concat();
    let uri = format!("/v2/data/wrong/manifests/{}", manifest.digest);
    Call::new("PUT", &uri).header("content-type", IMAGE).body(changed).expect(client, &[400]).await;
    Call::new("GET", &uri).expect(client, &[404]).await;
}
