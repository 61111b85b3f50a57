//! The registry itself, and what is not there.

use serde_json::json;

use crate::api::{Call, header, json as document};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm};
use crate::package::{INDEX, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

/// The registry itself, and what is not there.
pub async fn presence(client: &impl Client) {
    let run = Run::new(client, "presence");
    run.check("ping", Call::get("/v2/").expect(client, &[200])).await;
    run.check("empty/tag list", Call::get("/v2/empty/tags/list").expect_error(client, 404, "NAME_UNKNOWN")).await;
    for algorithm in ALGORITHMS {
        run.check("empty/referrers", no_referrers(client, algorithm)).await;
    }
    let digest = Algorithm::Sha256.digest(b"nothing");
    for (case, reference) in [("by-digest", digest.as_str()), ("by-tag", "missing")] {
        let uri = format!("/v2/missing/manifests/{reference}");
        let get = Call::get(&uri).expect_error(client, 404, "MANIFEST_UNKNOWN");
        run.check(format!("missing-manifest/{case}"), get).await;
        let head = Call::head(&uri).expect(client, &[404]);
        run.check(format!("missing-manifest/{case}, head"), head).await;
    }
    invalid_digest(&run).await;
    run.check_list();
}

async fn no_referrers(client: &impl Client, algorithm: Algorithm) {
    let uri = format!("/v2/empty/referrers/{}", algorithm.digest(b"nothing"));
    let response = Call::get(uri).expect(client, &[200]).await;
    assert_eq!(header(&response, "content-type"), INDEX);
    assert_eq!(document(&response), json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }));
}

/// What has a colon and is not a digest is refused, and never a tag.
async fn invalid_digest<C: Client>(run: &Run<'_, C>) {
    let client = run.client;
    let mut package = Package::new(Algorithm::Sha256);
    let mut image = package.image_of("invalid digest");
    image["layers"].as_array_mut().expect("layers").pop();
    package.blobs.remove(1);
    package.manifest(image, "");
    for (digest, content) in &package.blobs {
        let push = Way::PostPut.push(client, "invalid", digest, content, Outcome::Created);
        run.check("invalid-digest-format/blob-post-put", push).await;
    }
    let manifest = &package.manifests[0];
    let uri = "/v2/invalid/manifests/sha256:baddigeststring";
    let call = Call::new("PUT", uri).header("content-type", &manifest.media_type).body(manifest.content.clone());
    run.check("invalid-digest-format/manifest-put", call.expect_error(client, 400, "DIGEST_INVALID")).await;
    let get = Call::get(uri).expect_error(client, 400, "DIGEST_INVALID");
    run.check("invalid-digest-format/manifest-get", get).await;
    let uris = [(format!("/v2/invalid/manifests/{}", manifest.digest), "manifest", 404)].into_iter();
    let blobs = package.blobs.iter().map(|(digest, _)| (format!("/v2/invalid/blobs/{digest}"), "blob", 202));
    for (uri, what, status) in uris.chain(blobs) {
        let case = format!("invalid-digest-format/delete/{what}-delete");
        run.check(case.as_str(), Call::delete(&uri).expect(client, &[status])).await;
        run.check(format!("{case} at once"), Call::head(&uri).expect(client, &[404])).await;
    }
}
