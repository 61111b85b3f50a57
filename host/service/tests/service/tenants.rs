//! Several tenants in one process.

use http::header;
use ossicle_emulator::Emulator;
use ossicle_service::{Common, TenantsFile};

use crate::client::{Client, content, sha256, whole};
use crate::world::{Process, engine, environment, serve_tenants};

/// Two by path, one by host, and perhaps more.
async fn serve(more: &[(&str, &str)]) -> (Emulator, Process) {
    let tenants = [
        ("first", "allow-delete = true\npath = \"one\""),
        ("second", "allow-delete = true\npath = \"two\""),
        ("third", "allow-delete = true\nhosts = [\"third.example.com\"]"),
    ];
    serve_tenants(&[&tenants, more].concat()).await
}

async fn status(client: Client, method: &str, path: &str, host: &str) -> u16 {
    client.send_body(method, path, &[(header::HOST.as_str(), host)], whole("")).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tenant_has_its_own_bucket_and_mounts_never_leave_it() {
    let (emulator, process) = serve(&[]).await;
    let client = process.client();
    let layer = content(1, 5000);
    let digest = client.push_streamed("one/app", &layer).await;
    assert_eq!(emulator.bucket("first").keys().len(), 2);
    for other in ["second", "third"] {
        assert!(emulator.bucket(other).keys().is_empty());
    }
    let path = format!("/v2/one/app/blobs/{digest}");
    client.head(&path).await.expect(200);
    for (path, host) in [(path.replace("one", "two"), "x"), (path.clone(), "third.example.com:5000")] {
        assert_eq!(status(client, "HEAD", &path, host).await, 404, "{path} at {host}");
    }
    // Within a tenant a blob is mounted; from another one it is to be uploaded.
    for (to, from, expected) in [("one/other", "one/app", 201), ("two/app", "one/app", 202), ("two/app", "app", 202)] {
        let uri = format!("/v2/{to}/blobs/uploads/?mount={digest}&from={from}");
        let reply = client.send("POST", &uri, "").await.expect(expected);
        assert!(reply.location().starts_with(&format!("/v2/{to}/blobs/")), "{reply:?}");
    }
    let uri = format!("/v2/app/blobs/uploads/?mount={digest}&from=one/app");
    assert_eq!(status(client, "POST", &uri, "third.example.com").await, 202);
    assert!(emulator.bucket("second").keys().is_empty() && emulator.bucket("third").keys().is_empty());
    // An upload that one tenant began is none of another's.
    let begun = client.begin("one/app").await;
    client.send("PUT", &format!("{}&digest={}", begun.replace("/one/", "/two/"), sha256(b"")), "").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_names_no_repository_goes_to_the_host_or_to_nobody() {
    let (_emulator, process) = serve(&[]).await;
    let client = process.client();
    for (path, host, expected) in [
        ("/v2/", "x", 200),
        ("/v2/", "third.example.com", 200),
        ("/v2/_catalog", "THIRD.example.com:443", 200),
        ("/v2/_catalog", "x", 404),
        // A URI that names a host has the last word.
        ("http://third.example.com/v2/_catalog", "x", 200),
        ("http://x/v2/_catalog", "third.example.com", 404),
        ("/v2/app/tags/list", "x", 404),
        ("/v2/oneself/tags/list", "x", 404),
        ("/v1/", "third.example.com", 404),
    ] {
        assert_eq!(status(client, "GET", path, host).await, expected, "{path} at {host}");
    }
    let counted = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
    for tenant in ["first", "second", "third"] {
        assert!(counted.contains(&format!("ossicle_oss_requests_total{{tenant=\"{tenant}\"}}")), "{counted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenant_that_is_reached_by_nothing_gets_the_rest() {
    let (_emulator, process) = serve(&[("fourth", "read-only = true")]).await;
    let client = process.client();
    client.send("POST", "/v2/app/blobs/uploads/", "").await.expect(405);
    client.send("POST", "/v2/one/app/blobs/uploads/", "").await.expect(202);
    client.get("/v2/_catalog").await.expect(200);
}

/// The file that the documentation shows is one.
#[tokio::test(flavor = "multi_thread")]
async fn file_of_the_documentation_is_one() {
    let text = include_str!("../../README.md").split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let common = Common { secret: b"a secret that is long enough", environment: environment() };
    let tenants = TenantsFile::read(text).unwrap().open(engine(), common).unwrap();
    assert_eq!(tenants.all().iter().map(|tenant| tenant.name()).collect::<Vec<_>>(), ["acme", "globex"]);
}
