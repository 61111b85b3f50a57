//! What is not there, and what can't be.

use crate::api::{Call, header, json};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm};
use crate::package::{IMAGE, INDEX, Package};

/// `GET /v2/` is answered.
pub async fn base_is_answered(client: &impl Client) {
    Call::new("GET", "/v2/").expect(client, &[200]).await;
}

/// A repository that is not there: its list of tags is unknown or empty, its lists of referrers are empty.
pub async fn empty_repository_has_no_tags_and_no_referrers(client: &impl Client) {
    Call::new("GET", "/v2/empty/tags/list").expect(client, &[200, 404]).await;
    for algorithm in ALGORITHMS {
        let uri = format!("/v2/empty/referrers/{}", algorithm.digest(b"nothing"));
        let response = Call::new("GET", uri).expect(client, &[200]).await;
        assert_eq!(header(&response, "content-type"), INDEX);
        let index = json(&response);
        assert_eq!((index["schemaVersion"].as_u64(), index["mediaType"].as_str()), (Some(2), Some(INDEX)));
        assert_eq!(index["manifests"].as_array().map(Vec::len), Some(0));
    }
}

/// A blob that nobody pushed.
pub async fn missing_blob_is_not_found(client: &impl Client) {
    for algorithm in ALGORITHMS {
        for method in ["GET", "HEAD"] {
            let uri = format!("/v2/missing/blobs/{}", algorithm.digest(b"nothing"));
            Call::new(method, uri).expect(client, &[404]).await;
        }
    }
}

/// A manifest that nobody pushed, by its digest and by a tag.
pub async fn missing_manifest_is_not_found(client: &impl Client) {
    for reference in [Algorithm::Sha256.digest(b"nothing"), "missing".to_owned()] {
        for method in ["GET", "HEAD"] {
            Call::new(method, format!("/v2/missing/manifests/{reference}")).expect(client, &[404]).await;
        }
    }
}

/// What has a colon and is not a digest is refused, and never a tag.
pub async fn invalid_digest_is_refused(client: &impl Client) {
    let mut package = Package::new(Algorithm::Sha256);
    package.image("invalid digest", "");
    let content = package.manifests.remove(0).content;
    package.live(client, "invalid").await;
    let uri = "/v2/invalid/manifests/sha256:baddigeststring";
    Call::new("PUT", uri).header("content-type", IMAGE).body(content).expect(client, &[400]).await;
    Call::new("GET", uri).expect(client, &[400, 404]).await;
    Call::new("GET", "/v2/invalid/blobs/sha256:baddigeststring").expect(client, &[400, 404]).await;
}
