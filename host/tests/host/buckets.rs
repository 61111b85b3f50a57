//! That no request of a component names another bucket than its tenant's, whatever the component is: where the path names it, as
//! the source of a copy, or by another method than OSS's. The victim's bucket is on the same endpoint, and the component has
//! what OSS would let it in with: a URL that is signed by a key with rights to both.

use crate::component::engine;
use crate::server::Server;
use crate::support::{config, config_of, get, shared, text};
use ossicle::{Addressing, ExposeSecret, Limits, Tenant, UrlMethod};
use ossicle_emulator::{BucketSpec, Emulator};
use std::time::Duration;

const TREASURE: &[u8] = b"what is the victim's";
const DENIED: &str = "ErrorCode::HttpRequestDenied";

async fn emulator() -> Emulator {
    let builder = ["own", "own-2", "other"]
        .iter()
        .fold(Emulator::builder(), |builder, name| builder.bucket(BucketSpec::new(*name)));
    builder.access_key("id", "very-secret").start().await.unwrap()
}

fn hostile(emulator: &Emulator) -> Tenant {
    shared().tenant("test", config("own", &emulator.endpoint()), Limits::default()).unwrap()
}

/// A signed URL of an object in a bucket, which is put there.
async fn signed(emulator: &Emulator, bucket: &str, path: &str) -> String {
    let blobs = engine().tenant("test", config(bucket, &emulator.endpoint()), Limits::default()).unwrap().blobs();
    blobs.put(path, TREASURE).await.unwrap();
    let url = blobs.url(path, UrlMethod::Get, Some(Duration::from_secs(600))).await.unwrap();
    blobs.tenant().close().await;
    url.url.expose_secret().to_owned()
}

/// What becomes of each of these requests is told, and that none of them arrives.
async fn are_denied(emulator: &Emulator, asked: &[String]) {
    let tenant = hostile(emulator);
    emulator.reset();
    for ask in asked {
        assert_eq!(text(&tenant.certificates(), ask).await.unwrap(), DENIED, "{ask}");
    }
    let metrics = tenant.metrics();
    assert_eq!((metrics.refused, metrics.requests, metrics.connections), (asked.len() as u64, 0, 0));
    assert!(emulator.requests().is_empty(), "{:?}", emulator.requests());
}

#[tokio::test]
async fn another_buckets_path_is_not_asked_for() {
    let emulator = emulator().await;
    let mut asked = Vec::new();
    // One whose name begins with the tenant's own, as well.
    for bucket in ["other", "own-2"] {
        let url = signed(&emulator, bucket, "/treasure").await;
        assert!(url.starts_with(&format!("{}/{bucket}/treasure?", emulator.endpoint())), "{url}");
        asked.push(format!("get {url}"));
    }
    let own = signed(&emulator, "own", "/treasure").await;
    let said = get(&hostile(&emulator), &own).await;
    assert_eq!(said.as_bytes(), [b"200 ", TREASURE].concat(), "its own may be asked for");
    // The same for whoever decodes the path before he reads it, as the emulator does, and for what lists buckets.
    asked.push(format!("get {}", own.replace("/own/", "/%6Fwn/")));
    asked.push(format!("get {}", own.replace("/own/", "//own/")));
    asked.extend(
        ["", "/", "?prefix=o", "/?prefix=o", "/%2Fown/treasure", "/own%2Ftreasure", "/own-2?acl", "/ow"]
            .map(|path| format!("get {}{path}", emulator.endpoint())),
    );
    are_denied(&emulator, &asked).await;
}

/// The emulator resolves no dots, nor does OSS. A proxy before it may.
#[tokio::test]
async fn dots_lead_to_no_other_bucket() {
    let emulator = emulator().await;
    let ways = [
        "/own/../other/treasure",
        "/own/a/../../other/treasure",
        "/own//../other/treasure",
        "/own/./../other/treasure",
        "/own/%2e%2e/other/treasure",
        "/own/%2E./other/treasure",
        "/own/..%2Fother%2Ftreasure",
        "/own/..%5Cother/treasure",
        "/own/..;/other/treasure",
        "/own/..",
        "/../other/treasure",
    ];
    are_denied(&emulator, &ways.map(|path| format!("get {}{path}", emulator.endpoint()))).await;
    // A blob's path may have dots, and so may the root of a driver, as long as they lead nowhere else.
    signed(&emulator, "own", "/a/../treasure").await;
    assert_eq!(emulator.bucket("own").keys(), ["a/../treasure"]);
}

#[tokio::test]
async fn nothing_is_copied_from_another_bucket() {
    let emulator = emulator().await;
    let copy = |source: &str| format!("ask PUT {}/own/copy x-oss-copy-source={source}", emulator.endpoint());
    let sources = ["/other/treasure", "other/treasure", "/own-2/treasure", "/own/../other/treasure", "/%6Fwn/treasure"];
    let mut asked: Vec<_> = sources.iter().map(|source| copy(source)).collect();
    asked.push(format!("{} x-oss-copy-source=/other/treasure", copy("/own/treasure")));
    asked.push(format!("ask PUT {}/own/copy x-amz-copy-source=/other/treasure", emulator.endpoint()));
    let part = format!("{}/own/copy?partNumber=1&uploadId=0004B9894A22E5B1888A1E29F8236E2D", emulator.endpoint());
    asked.push(format!("ask PUT {part} x-oss-copy-source=/other/treasure"));
    are_denied(&emulator, &asked).await;
    // It is for the emulator to say that nobody signed this one.
    let said = text(&hostile(&emulator).certificates(), &copy("/own/treasure")).await.unwrap();
    assert!(said.starts_with("403 "), "{said}");

    // Nor where the host names the bucket, or is bound to it.
    let port = emulator.endpoint().rsplit_once(':').map(|(_, port)| port.to_owned()).unwrap();
    let virtual_hosted = config("own", &format!("http://localhost:{port}")).addressing(Addressing::VirtualHosted);
    let bound = config("own", &emulator.endpoint()).addressing(Addressing::CustomDomain);
    for (config, place) in [(virtual_hosted, format!("http://own.localhost:{port}")), (bound, emulator.endpoint())] {
        let certificates = shared().tenant("test", config, Limits::default()).unwrap().certificates();
        let ask = |source: &str| format!("ask PUT {place}/copy x-oss-copy-source={source}");
        assert_eq!(text(&certificates, &ask("/other/treasure")).await.unwrap(), DENIED);
        let said = text(&certificates, &ask("/own/treasure")).await.unwrap();
        assert!(said.starts_with("403 "), "{said}");
    }
}

/// By `CONNECT` the path would not be sent that was checked, and `TRACE` shows what a proxy was shown.
#[tokio::test]
async fn only_methods_of_oss_are_sent() {
    let server = Server::start().await;
    let tenant = shared().tenant("test", config_of("own", &server), Limits::default()).unwrap();
    for method in ["CONNECT", "TRACE", "PROPFIND", "OPTIONS", "get"] {
        let ask = format!("ask {method} {}", server.url("/own/key"));
        assert_eq!(text(&tenant.certificates(), &ask).await.unwrap(), DENIED, "{method}");
    }
    assert_eq!((server.accepted(), tenant.metrics().refused), (0, 5));
    let ask = format!("ask GET {}", server.url("/own/key"));
    assert_eq!(text(&tenant.certificates(), &ask).await.unwrap(), "200 hello");
}
