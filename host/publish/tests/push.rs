//! Pushes to a registry that keeps what it is sent, and asks in several ways who the client is.

mod fake;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake::{Access, Fake, PASSWORD, USER};
use ossicle_publish::{Artifact, Credential, Destination, PushError, Reference, Registry, Sbom, write, write_sbom};
use serde_json::{Value, json};

/// A component without anything in it, but for what it says of itself.
fn component() -> &'static [u8] {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    let mut section = |name: &str, content: &[u8]| {
        let mut body = vec![name.len() as u8];
        body.extend(name.as_bytes());
        body.extend(content);
        bytes.push(0);
        bytes.push(body.len() as u8);
        bytes.extend(body);
    };
    section("component-name", b"\x00\x08\x07a-thing");
    section("version", b"1.2.3");
    section("description", b"A thing.");
    section("licenses", b"Apache-2.0");
    bytes.leak()
}

fn artifact() -> Artifact {
    Artifact::new(component(), "thing.wasm", "https://docs.example").unwrap()
}

fn tls() -> rustls::ClientConfig {
    let provider = rustls::crypto::ring::default_provider();
    let builder = rustls::ClientConfig::builder_with_provider(provider.into());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    // As the host's library has it.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn reference(fake: &Fake) -> Reference {
    let Ok(Destination::Registry(reference)) = Destination::parse(&format!("{}/some/thing", fake.host)) else {
        panic!()
    };
    reference
}

fn password(password: &str) -> Option<Credential> {
    Some(Credential::Password { user: USER.to_owned(), password: password.to_owned().into() })
}

async fn push(fake: &Fake, credential: Option<Credential>) -> Result<(), PushError> {
    Registry::new(&reference(fake), true, tls(), credential)?.push(&artifact(), "1.2.3").await
}

#[tokio::test]
async fn artifact_has_the_layout_of_the_working_group() {
    let fake = Fake::start(Access::Open).await;
    push(&fake, None).await.unwrap();
    let (manifest, config) = {
        let kept = fake.kept();
        let manifest: Value = serde_json::from_slice(&kept.manifests["1.2.3"]).unwrap();
        let config = manifest["config"]["digest"].as_str().unwrap().to_owned();
        assert_eq!(kept.blobs[manifest["layers"][0]["digest"].as_str().unwrap()], component());
        (manifest, serde_json::from_slice::<Value>(&kept.blobs[&config]).unwrap())
    };
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["annotations"], json!({ "org.opencontainers.image.title": "thing.wasm" }));
    assert_eq!(
        manifest["annotations"],
        json!({
            "org.opencontainers.image.title": "a-thing",
            "org.opencontainers.image.version": "1.2.3",
            "org.opencontainers.image.description": "A thing.",
            "org.opencontainers.image.documentation": "https://docs.example",
            "org.opencontainers.image.licenses": "Apache-2.0",
        })
    );
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["layerDigests"], json!([manifest["layers"][0]["digest"]]));
    assert_eq!(config["component"], json!({ "exports": [], "imports": [] }));
}

#[tokio::test]
async fn blobs_that_are_there_are_not_sent_again() {
    let fake = Fake::start(Access::Open).await;
    push(&fake, None).await.unwrap();
    fake.kept().requests.clear();
    push(&fake, None).await.unwrap();
    let requests = fake.kept().requests.clone();
    assert_eq!(requests.iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), ["HEAD", "HEAD", "PUT"]);
}

const DOCUMENT: &str = r#"{"bomFormat":"CycloneDX"}"#;
const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn sbom() -> Sbom {
    Sbom::cyclonedx(&artifact(), DOCUMENT, "thing.cdx.json").unwrap()
}

async fn push_sbom(fake: &Fake, credential: Option<Credential>) -> Result<(), PushError> {
    Registry::new(&reference(fake), true, tls(), credential)?.push_sbom(&sbom()).await
}

/// The tag under which a registry without referrers has the list of them.
fn tag_of_referrers() -> String {
    artifact().digest().to_string().replace(':', "-")
}

#[tokio::test]
async fn sbom_is_an_artifact_that_refers_to_the_component() {
    for access in [Access::Refers, Access::Open] {
        let fake = Fake::start(access).await;
        push(&fake, None).await.unwrap();
        push_sbom(&fake, None).await.unwrap();
        let kept = fake.kept();
        let manifest: Value = serde_json::from_slice(&kept.manifests[&sbom().digest().to_string()]).unwrap();
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        assert_eq!((&kept.blobs[layer][..], &kept.blobs[empty][..]), (DOCUMENT.as_bytes(), &b"{}"[..]));
        let expected = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": CYCLONEDX,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
            "layers": [{
                "mediaType": CYCLONEDX,
                "digest": layer,
                "size": DOCUMENT.len(),
                "annotations": { "org.opencontainers.image.title": "thing.cdx.json" },
            }],
            "subject": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": artifact().digest(),
                "size": kept.manifests["1.2.3"].len(),
            },
        });
        assert_eq!(manifest, expected);
        // Where the registry lists it, there is no tag that would.
        assert_eq!(kept.manifests.contains_key(&tag_of_referrers()), access == Access::Open);
    }
}

#[tokio::test]
async fn registry_without_referrers_has_them_under_a_tag() {
    let fake = Fake::start(Access::Open).await;
    let other = json!({ "mediaType": "x/y", "digest": format!("sha256:{}", "0".repeat(64)), "size": 7, "other": true });
    let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [other], "annotations": { "a": "b" } });
    fake.kept().manifests.insert(tag_of_referrers(), list.to_string().into());
    for methods in
        [&["HEAD", "POST", "PUT", "HEAD", "POST", "PUT", "PUT", "GET", "PUT"][..], &["HEAD", "HEAD", "PUT", "GET"]]
    {
        fake.kept().requests.clear();
        push_sbom(&fake, None).await.unwrap();
        let kept = fake.kept();
        assert_eq!(kept.requests.iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), methods);
        let listed: Value = serde_json::from_slice(&kept.manifests[&tag_of_referrers()]).unwrap();
        let mut expected = list.clone();
        expected["manifests"].as_array_mut().unwrap().push(json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": sbom().digest(),
            "size": kept.manifests[&sbom().digest().to_string()].len(),
            "artifactType": CYCLONEDX,
        }));
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn tag_that_lists_no_referrers_is_left_alone() {
    for content in [r#"{"schemaVersion":2,"layers":[]}"#, r#"{"mediaType":"x/list","manifests":[]}"#, "text"] {
        let fake = Fake::start(Access::Open).await;
        fake.kept().manifests.insert(tag_of_referrers(), content.into());
        let refused = push_sbom(&fake, None).await.unwrap_err();
        assert!(matches!(refused, PushError::Protocol { .. }), "{refused}");
        assert_eq!(fake.kept().manifests[&tag_of_referrers()], content);
    }
}

#[tokio::test]
async fn credentials_are_sent_with_an_sbom_as_well() {
    for access in [Access::Basic, Access::Bearer] {
        let fake = Fake::start(access).await;
        push_sbom(&fake, password(PASSWORD)).await.unwrap();
        assert!(fake.kept().manifests.contains_key(&tag_of_referrers()), "{access:?}");
        let wrong = push_sbom(&fake, password("CANARY0wrong")).await.unwrap_err();
        assert!(matches!(wrong, PushError::Denied { .. }), "{access:?}: {wrong}");
        let none = push_sbom(&fake, None).await.unwrap_err();
        assert!(matches!(none, PushError::NoCredential { .. }), "{access:?}: {none}");
    }
}

#[tokio::test]
async fn credentials_are_sent_as_asked() {
    for access in [Access::Basic, Access::Bearer] {
        let fake = Fake::start(access).await;
        push(&fake, password(PASSWORD)).await.unwrap();
        assert!(fake.kept().manifests.contains_key("1.2.3"), "{access:?}");
        let wrong = push(&fake, password("CANARY0wrong")).await.unwrap_err();
        assert!(matches!(wrong, PushError::Denied { .. }), "{access:?}: {wrong}");
        let told = format!("{wrong} {wrong:?}");
        assert!(!told.contains("CANARY0wrong") && !told.contains(&STANDARD.encode("ada:CANARY0wrong")), "{told}");
        let none = push(&fake, None).await.unwrap_err();
        assert!(matches!(none, PushError::NoCredential { .. }), "{access:?}: {none}");
    }
    let fake = Fake::start(Access::Bearer).await;
    let token = Some(Credential::IdentityToken("an identity token".to_owned().into()));
    push(&fake, token).await.unwrap();
}

#[tokio::test]
async fn credentials_go_to_no_other_host_than_the_registry_s() {
    let other = Fake::start(Access::Open).await;
    let fake = Fake::start(Access::UploadsElsewhere(other.port)).await;
    push(&fake, password(PASSWORD)).await.unwrap();
    let requests = other.kept().requests.clone();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.method == "PUT" && request.authorization.is_none()), "{requests:?}");
    // Nor where it asks for them.
    for access in [Access::Basic, Access::Bearer] {
        let other = Fake::start(access).await;
        let fake = Fake::start(Access::UploadsElsewhere(other.port)).await;
        let refused = push(&fake, password(PASSWORD)).await.unwrap_err();
        assert!(matches!(refused, PushError::Denied { .. }), "{access:?}: {refused}");
        let requests = other.kept().requests.clone();
        let told = requests.iter().any(|request| request.method != "PUT" || request.authorization.is_some());
        assert!(requests.len() == 1 && !told, "{access:?}: {requests:?}");
    }
}

#[tokio::test]
async fn refusals_say_what_the_registry_says_and_no_more() {
    let fake = Fake::start(Access::Refused).await;
    let refused = push(&fake, password(PASSWORD)).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("{} refuses: 403 Forbidden: requested access is denied", fake.host));
    let fake = Fake::start(Access::Broken).await;
    let broken = push(&fake, None).await.unwrap_err();
    let expected = format!("{} answered 503 Service Unavailable to the question for a blob", fake.host);
    assert_eq!(broken.to_string(), expected);
    let fake = Fake::start(Access::StoresAnother).await;
    let another = push(&fake, None).await.unwrap_err();
    assert!(matches!(another, PushError::Protocol { .. }), "{another}");
    // Nobody listens there any more.
    let reference = reference(&fake);
    drop(fake);
    let gone = Registry::new(&reference, true, tls(), None).unwrap().push(&artifact(), "1").await.unwrap_err();
    assert!(matches!(gone, PushError::Unreachable { .. }), "{gone}");
}

#[tokio::test]
async fn a_layout_holds_artifacts_by_tag() {
    let folder = tempfile::tempdir().unwrap();
    let artifact = artifact();
    for tag in ["one", "two", "one"] {
        write(&artifact, folder.path(), tag).unwrap();
    }
    let index: Value = serde_json::from_slice(&std::fs::read(folder.path().join("index.json")).unwrap()).unwrap();
    let tags: Vec<_> = index["manifests"].as_array().unwrap().iter().map(|manifest| &manifest["annotations"]).collect();
    let named = |tag| json!({ "org.opencontainers.image.ref.name": tag });
    assert_eq!(tags, [&named("two"), &named("one")]);
    assert_eq!(index["manifests"][0]["digest"], artifact.digest().to_string());
    let blobs = std::fs::read_dir(folder.path().join("blobs/sha256")).unwrap();
    assert_eq!(blobs.count(), 3);
    // An SBOM is there without a tag, once.
    for _ in 0..2 {
        write_sbom(&sbom(), folder.path()).unwrap();
    }
    let index: Value = serde_json::from_slice(&std::fs::read(folder.path().join("index.json")).unwrap()).unwrap();
    let listed = index["manifests"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[2]["digest"]), (3, &json!(sbom().digest())));
    assert_eq!((&listed[2]["artifactType"], &listed[2]["annotations"]), (&json!(CYCLONEDX), &Value::Null));
    std::fs::write(folder.path().join("index.json"), "[]").unwrap();
    assert!(write_sbom(&sbom(), folder.path()).is_err());
    assert!(write(&artifact, folder.path(), "one").is_err());
}

#[test]
fn what_is_no_component_is_refused() {
    for bytes in [&b"\0asm\x01\0\0\0"[..], b"\0asm\x0d\0\x01\0", b"text", b""] {
        assert!(Artifact::new(bytes, "x.wasm", "https://docs.example").is_err(), "{bytes:?}");
    }
}
