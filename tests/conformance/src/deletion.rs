//! Deletion.

use crate::api::{Call, check_digest, json};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm};
use crate::package::{IMAGE, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

const NAME: &str = "deletion";

fn manifest(reference: &str) -> String {
    format!("/v2/{NAME}/manifests/{reference}")
}

/// Deletion.
pub async fn deletion(client: &impl Client) {
    let run = Run::new(client, "deletion");
    for algorithm in ALGORITHMS {
        let digest = algorithm.digest(b"nothing");
        let missing = Call::delete(manifest(&digest)).expect_error(client, 404, "MANIFEST_UNKNOWN");
        run.check("missing/manifest", missing).await;
        let missing = Call::delete(format!("/v2/{NAME}/blobs/{digest}")).expect_error(client, 404, "BLOB_UNKNOWN");
        run.check("missing/blob", missing).await;
    }
    let missing = Call::delete(manifest("nothing")).expect_error(client, 404, "MANIFEST_UNKNOWN");
    run.check("missing/tag", missing).await;
    run.check("manifest with tags", with_tags(client)).await;
    run.check("tag of several", tag_of_several(client)).await;
    run.check("pushed again", pushed_again(client)).await;
    run.check("blob that another repository has", of_two_repositories(client)).await;
    run.check_list();
}

/// Pushes an image under tags; its digest.
async fn push(client: &impl Client, seed: &str, tags: &[&str]) -> String {
    let mut package = Package::new(Algorithm::Sha256);
    package.image(seed, "");
    for (digest, content) in &package.blobs {
        Way::PostPut.push(client, NAME, digest, content, Outcome::Created).await;
    }
    let image = package.manifests.remove(0);
    for tag in tags {
        let call = Call::new("PUT", manifest(tag)).header("content-type", IMAGE);
        call.body(image.content.clone()).expect(client, &[201]).await;
    }
    image.digest
}

/// With a manifest go all tags that name it, and no other.
async fn with_tags(client: &impl Client) {
    let digest = push(client, "with tags", &["one", "two", "moved"]).await;
    let other = push(client, "other", &["moved", "stays"]).await;
    Call::delete(manifest(&digest)).expect(client, &[202]).await;
    for reference in [&digest, "one", "two"] {
        Call::get(manifest(reference)).expect_error(client, 404, "MANIFEST_UNKNOWN").await;
    }
    for tag in ["moved", "stays"] {
        check_digest(&Call::get(manifest(tag)).expect(client, &[200]).await, &other);
    }
    let listed = Call::get(format!("/v2/{NAME}/tags/list")).expect(client, &[200]).await;
    assert_eq!(json(&listed)["tags"], serde_json::json!(["moved", "stays"]));
}

/// With a tag goes neither its manifest nor another tag.
async fn tag_of_several(client: &impl Client) {
    let digest = push(client, "several", &["first", "second"]).await;
    Call::delete(manifest("first")).expect(client, &[202]).await;
    Call::get(manifest("first")).expect_error(client, 404, "MANIFEST_UNKNOWN").await;
    for reference in [&digest, "second"] {
        check_digest(&Call::get(manifest(reference)).expect(client, &[200]).await, &digest);
    }
}

/// What was deleted can be pushed again.
async fn pushed_again(client: &impl Client) {
    for _ in 0..2 {
        let digest = push(client, "again", &["again"]).await;
        check_digest(&Call::head(manifest("again")).expect(client, &[200]).await, &digest);
        Call::delete(manifest(&digest)).expect(client, &[202]).await;
        Call::head(manifest("again")).expect(client, &[404]).await;
    }
}

/// A blob is deleted from one repository alone.
async fn of_two_repositories(client: &impl Client) {
    let content = crate::content::content("of two", 600);
    let digest = Algorithm::Sha256.digest(&content);
    for name in ["deletion/one", "deletion/two"] {
        Way::PostPut.push(client, name, &digest, &content, Outcome::Created).await;
    }
    Call::delete(format!("/v2/deletion/one/blobs/{digest}")).expect(client, &[202]).await;
    Call::get(format!("/v2/deletion/one/blobs/{digest}")).expect_error(client, 404, "BLOB_UNKNOWN").await;
    assert_eq!(Call::get(format!("/v2/deletion/two/blobs/{digest}")).expect(client, &[200]).await.body(), &content);
}
