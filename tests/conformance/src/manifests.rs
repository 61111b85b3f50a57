//! Manifests that are refused, and how those are given that are taken.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::api::{Call, check_digest, codes, header, with_parameter};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm};
use crate::package::{DOCKER_IMAGE, IMAGE, INDEX, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

const NAME: &str = "manifests";

fn put(reference: &str, media_type: &str, content: impl Into<Bytes>) -> Call {
    let uri = format!("/v2/{NAME}/manifests/{reference}");
    Call::new("PUT", uri).header("content-type", media_type).body(content)
}

fn get(reference: &str) -> Call {
    Call::get(format!("/v2/{NAME}/manifests/{reference}"))
}

/// Checks that nothing has a tag after a push of a manifest was refused.
async fn refused(client: &impl Client, call: Call, code: &str) {
    call.expect_error(client, 400, code).await;
    get("refused").expect_error(client, 404, "MANIFEST_UNKNOWN").await;
}

/// Manifests.
pub async fn manifests(client: &impl Client) {
    let run = Run::new(client, "manifests");
    let mut package = Package::new(Algorithm::Sha256);
    let image = package.image_of("manifests");
    for (digest, content) in &package.blobs {
        Way::PostPut.push(client, NAME, digest, content, Outcome::Created).await;
    }
    refusals(&run, &image).await;
    missing_references(&run, &image).await;
    given(&run, &mut package, image).await;
    run.check_list();
}

async fn refusals<C: Client>(run: &Run<'_, C>, image: &Value) {
    let client = run.client;
    let with = |field: &str, value: Value| {
        let mut image = image.clone();
        image["schemaVersion"] = 2.into();
        image[field] = value;
        image.to_string()
    };
    let foreign = "application/vnd.example.manifest+json";
    for (case, media_type, content) in [
        ("not a document", IMAGE, "{\"schemaVersion\":2".to_owned()),
        ("empty", IMAGE, String::new()),
        ("schema 1", "application/vnd.docker.distribution.manifest.v1+json", "{\"schemaVersion\":1}".to_owned()),
        ("other type than its header's", INDEX, with("mediaType", IMAGE.into())),
        ("unknown type", foreign, with("mediaType", foreign.into())),
        ("image with manifests", IMAGE, with("manifests", json!([]))),
        ("index without manifests", INDEX, json!({ "schemaVersion": 2, "mediaType": INDEX }).to_string()),
        ("image without config", IMAGE, with("config", Value::Null)),
        (
            "invalid digest of a layer",
            IMAGE,
            with("layers", json!([{ "mediaType": "x", "digest": "md5:0", "size": 1 }])),
        ),
        (
            "invalid digest of a subject",
            IMAGE,
            with("subject", json!({ "mediaType": IMAGE, "digest": "x", "size": 1 })),
        ),
    ] {
        let push = refused(client, put("refused", media_type, content), "MANIFEST_INVALID");
        run.check(format!("refused/{case}"), push).await;
    }
    for algorithm in ALGORITHMS {
        let digest = algorithm.digest(b"something else");
        let push = refused(client, put(&digest, IMAGE, with("mediaType", IMAGE.into())), "DIGEST_INVALID");
        run.check("refused/wrong digest", push).await;
    }
    let content = with("mediaType", IMAGE.into());
    let digest = Algorithm::Sha256.digest(content.as_bytes());
    let uri = with_parameter(&format!("/v2/{NAME}/manifests/{digest}"), "tag", ".wrong");
    let call = Call::new("PUT", uri).header("content-type", IMAGE).body(content);
    run.check("refused/invalid tag as a parameter", call.expect_error(client, 400, "TAG_INVALID")).await;
    let large = with("annotations", json!({ "large": "x".repeat(4 << 20) }));
    run.check("refused/more than 4 MiB", put("refused", IMAGE, large).expect_error(client, 413, "SIZE_INVALID")).await;
}

async fn missing_references<C: Client>(run: &Run<'_, C>, image: &Value) {
    let client = run.client;
    let missing = |seed: &str| {
        let digest = Algorithm::Sha256.digest(seed.as_bytes());
        json!({ "mediaType": IMAGE, "digest": digest, "size": 7 })
    };
    let mut no_config = image.clone();
    no_config["config"] = missing("config");
    let mut no_layers = image.clone();
    no_layers["layers"] = json!([missing("first"), image["layers"][0], missing("second")]);
    let index = json!({ "mediaType": INDEX, "manifests": [missing("one"), missing("two"), missing("three")] });
    for (case, mut manifest, expected) in [("config", no_config, 1), ("layers", no_layers, 2), ("manifests", index, 3)]
    {
        manifest["schemaVersion"] = 2.into();
        let media_type = manifest["mediaType"].as_str().expect("a media type").to_owned();
        let push = async {
            let call = put("refused", &media_type, manifest.to_string());
            let response = call.expect_error(client, 400, "MANIFEST_BLOB_UNKNOWN").await;
            assert_eq!(codes(&response).len(), expected, "one for each");
            get("refused").expect_error(client, 404, "MANIFEST_UNKNOWN").await;
        };
        run.check(format!("missing references/{case}"), push).await;
    }
}

async fn given<C: Client>(run: &Run<'_, C>, package: &mut Package, image: Value) {
    let client = run.client;
    package.manifest(image.clone(), "");
    let manifest = &package.manifests[0];
    let parameters = async {
        let call = put("given", &format!("{IMAGE}; charset=utf-8"), manifest.content.clone());
        call.expect(client, &[201]).await;
        assert_eq!(header(&get("given").expect(client, &[200]).await, "content-type"), IMAGE);
    };
    run.check("given/header with parameters", parameters).await;
    let whole = format!(" {{\n\"schemaVersion\" : 2, \"z\":1, {}\n", &image.to_string()[1..]);
    let exact = async {
        let digest = put("exact", IMAGE, whole.clone()).expect(client, &[201]).await;
        check_digest(&digest, &Algorithm::Sha256.digest(whole.as_bytes()));
        assert_eq!(get("exact").expect(client, &[200]).await.body(), whole.as_bytes());
    };
    run.check("given/byte for byte", exact).await;
    let untyped = async {
        let mut image = image.clone();
        image["schemaVersion"] = 2.into();
        image.as_object_mut().expect("a document").remove("mediaType");
        put("untyped", IMAGE, image.to_string()).expect(client, &[201]).await;
        assert_eq!(header(&get("untyped").expect(client, &[200]).await, "content-type"), IMAGE);
    };
    run.check("given/without a media type of its own", untyped).await;
    for accept in ["*/*", DOCKER_IMAGE, INDEX, "application/json;q=0.1"] {
        let negotiated = async {
            let response = get("given").header("accept", accept).expect(client, &[200]).await;
            assert_eq!((header(&response, "content-type"), response.body()), (IMAGE, &manifest.content));
        };
        run.check("given/whatever is accepted", negotiated).await;
    }
    // containerd says so where a registry is another one's mirror.
    for path in [format!("manifests/{}", manifest.digest), format!("blobs/{}", package.blobs[0].0)] {
        let uri = with_parameter(&format!("/v2/{NAME}/{path}"), "ns", "docker.io");
        run.check("given/whichever host the client had in mind", Call::get(uri).expect(client, &[200])).await;
    }
    let overwritten = async {
        put("exact", IMAGE, manifest.content.clone()).expect(client, &[201]).await;
        check_digest(&get("exact").expect(client, &[200]).await, &manifest.digest);
        get(&Algorithm::Sha256.digest(whole.as_bytes())).expect(client, &[200]).await;
    };
    run.check("given/tag that moves", overwritten).await;
}
