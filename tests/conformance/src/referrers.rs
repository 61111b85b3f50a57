//! The list of referrers, where it is not that of one package.

use serde_json::{Value, json};

use crate::api::{Call, header, json as document, with_parameter};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm};
use crate::package::{INDEX, Package};
use crate::run::Run;
use crate::upload::{Outcome, Way};

const TYPE: &str = "application/vnd.example.signature+json";

/// The tag under which clients keep a list of referrers where a registry keeps none.
fn fallback_tag(subject: &str) -> String {
    let (algorithm, digits) = subject.split_once(':').expect("a digest");
    format!("{algorithm}-{}", &digits[..64])
}

/// The digests that are listed as referrers.
async fn listed(client: &impl Client, uri: &str) -> Vec<String> {
    let response = Call::get(uri).expect(client, &[200]).await;
    assert_eq!(header(&response, "content-type"), INDEX);
    let index = document(&response);
    let entries = index["manifests"].as_array().expect("a list").iter();
    let mut digests: Vec<String> =
        entries.map(|entry| entry["digest"].as_str().expect("a digest").to_owned()).collect();
    digests.sort();
    digests
}

/// Pushes what a package has; its manifests' digests.
async fn push(client: &impl Client, name: &str, package: &Package) -> Vec<String> {
    for (digest, content) in &package.blobs {
        Way::PostPut.push(client, name, digest, content, Outcome::Created).await;
    }
    for manifest in &package.manifests {
        let uri = format!("/v2/{name}/manifests/{}", manifest.tags.first().unwrap_or(&manifest.digest));
        let call = Call::new("PUT", uri).header("content-type", &manifest.media_type);
        call.body(manifest.content.clone()).expect(client, &[201]).await;
    }
    package.manifests.iter().map(|manifest| manifest.digest.clone()).collect()
}

/// Adds an artifact that refers to something; its descriptor.
fn add_referrer(package: &mut Package, seed: &str, subject: &str) -> Value {
    let mut artifact = package.artifact_of(seed, TYPE);
    artifact["subject"] = json!({ "mediaType": INDEX, "digest": subject, "size": 7 });
    package.manifest(artifact, "")
}

/// The list of referrers.
pub async fn referrers(client: &impl Client) {
    let run = Run::new(client, "referrers");
    for digest in ["baddigeststring", "sha256:baddigeststring", "latest"] {
        let uri = format!("/v2/referrers/referrers/{digest}");
        run.check("invalid digest", Call::get(uri).expect_error(client, 400, "DIGEST_INVALID")).await;
    }
    for algorithm in ALGORITHMS {
        let subject = algorithm.digest(b"not pushed");
        let uri = format!("/v2/referrers/referrers/{subject}");
        let mut package = Package::new(Algorithm::Sha256);
        for seed in ["first", "second"] {
            add_referrer(&mut package, &format!("{seed} {algorithm}"), &subject);
        }
        let before_subject = async {
            let mut pushed = push(client, "referrers", &package).await;
            pushed.sort();
            assert_eq!(listed(client, &uri).await, pushed);
            assert_eq!(listed(client, &with_parameter(&uri, "artifactType", TYPE)).await, pushed);
            pushed
        };
        let pushed = run.check("pushed before their subject", before_subject).await;
        let repeated = async {
            push(client, "referrers", &package).await;
            assert_eq!(listed(client, &uri).await, pushed);
        };
        run.check("pushed twice and listed once", repeated).await;
        let elsewhere =
            async { assert!(listed(client, &uri.replace("/v2/referrers/", "/v2/other/")).await.is_empty()) };
        run.check("of another repository", elsewhere).await;
        let deleted = async {
            Call::delete(format!("/v2/referrers/manifests/{}", pushed[0])).expect(client, &[202]).await;
            assert_eq!(listed(client, &uri).await, pushed[1..]);
        };
        run.check("deleted and not listed any more", deleted).await;
        run.check("fallback tag", by_fallback_tag(client, algorithm)).await;
    }
    run.check_list();
}

/// What a client has listed under the fallback tag is listed, as far as it refers to the subject, beside what was pushed since.
async fn by_fallback_tag(client: &impl Client, algorithm: Algorithm) {
    let subject = algorithm.digest(b"of the fallback tag");
    let name = format!("fallback/{algorithm}");
    let mut package = Package::new(Algorithm::Sha256);
    let refers = add_referrer(&mut package, "listed", &subject);
    let other = add_referrer(&mut package, "of another", &algorithm.digest(b"another"));
    let plain = package.image("plain", "");
    let mut since = Package::new(Algorithm::Sha256);
    add_referrer(&mut since, "since", &subject);
    package.manifest(json!({ "mediaType": INDEX, "manifests": [refers, other, plain] }), &fallback_tag(&subject));
    let mut expected = vec![push(client, &name, &package).await.swap_remove(0)];
    expected.extend(push(client, &name, &since).await);
    expected.sort();
    assert_eq!(listed(client, &format!("/v2/{name}/referrers/{subject}")).await, expected);
}
