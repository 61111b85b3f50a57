//! Who may do what with the API.

use crate::api_world::{ApiProcess, Given, emulator_with, tenant};

const READ_WRITE: &str = "rights = [\"read\", \"write\"]";
const READ: &str = "rights = [\"read\"]";
const PATH: &str = "/v1/certificates/sites/a.crt";

#[tokio::test(flavor = "multi_thread")]
async fn token_leads_to_its_tenant_alone_with_its_rights() {
    let emulator = emulator_with(&["one", "two"]).await;
    let endpoint = emulator.endpoint();
    let (writer, reader, other) = (Given::new(READ_WRITE), Given::new(READ), Given::new(READ_WRITE));
    let config = tenant("one", &endpoint, &[&writer, &reader], "") + &tenant("two", &endpoint, &[&other], "");
    let process = ApiProcess::start(&config).await;
    process.send(writer.text(), "PUT", PATH, "a certificate").await.expect(200);
    assert_eq!(&process.send(reader.text(), "GET", PATH, "").await.expect(200).body[..], b"a certificate");
    let refused = process.send(reader.text(), "PUT", PATH, "another").await.expect(403).json();
    assert_eq!(refused["type"], "urn:ossicle:problem:forbidden");
    process.send(reader.text(), "DELETE", PATH, "").await.expect(403);
    process.send(reader.text(), "POST", "/v1/locks/a/lease", "").await.expect(403);
    // The other tenant has a bucket of its own.
    process.send(other.text(), "GET", PATH, "").await.expect(404);
    assert_eq!(emulator.bucket("one").keys(), ["sites/a.crt"]);
    assert!(emulator.bucket("two").keys().is_empty());
    // A blob goes where the token's tenant is.
    process.send(other.text(), "PUT", "/v1/blobs/images/b.tar", "a blob").await.expect(200);
    assert_eq!(emulator.bucket("two").keys(), ["images/b.tar"]);
    assert_eq!(&process.send(other.text(), "GET", "/v1/blobs/images/b.tar", "").await.expect(200).body[..], b"a blob");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_more_than_that_the_credentials_do_not_do() {
    let emulator = emulator_with(&["one"]).await;
    let (good, expired) = (Given::new(READ_WRITE), Given::new("rights = [\"read\"]\nexpires = 2020-01-01T00:00:00Z"));
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[&good, &expired], "")).await;
    let client = process.client();
    let missing = client.get(PATH).await.expect(401);
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"ossicle\"");
    assert_eq!(missing.header("content-type"), "application/problem+json");
    let unknown = Given::new(READ);
    // The id of a token that is known with another secret.
    let forged = format!("ossicle_{}_{}", good.token.id, "0".repeat(64));
    for token in [unknown.text(), &forged, "", "ossicle_", good.token.sha256.as_str()] {
        let refused = process.send(token, "GET", PATH, "").await.expect(401);
        assert!(refused.header("www-authenticate").contains("invalid_token"));
        assert_eq!(refused.json()["detail"], "the credentials are not known", "{token}");
    }
    let basic = format!("Basic {}", good.text());
    client.send_body("GET", PATH, &[("authorization", &basic)], crate::client::whole("")).await.expect(401);
    let refused = process.send(expired.text(), "GET", PATH, "").await.expect(401);
    assert_eq!(refused.json()["detail"], "the credentials have expired");
    // Nothing was asked of OSS for any of them.
    assert!(emulator.requests().is_empty());
    process.send(good.text(), "GET", PATH, "").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_each_tokens_own() {
    let emulator = emulator_with(&["one"]).await;
    let slow = Given::new("rights = [\"read\", \"write\"]\nrequests-per-second = 1\nburst = 2\nbody-limit = 10");
    let free = Given::new(READ_WRITE);
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[&slow, &free], "")).await;
    let too_large = process.send(slow.text(), "PUT", "/v1/blobs/a", "eleven byte").await.expect(413);
    assert_eq!(too_large.json()["type"], "urn:ossicle:problem:too-large");
    // Within a burst and far more than one a second can be: at most a second's worth is added meanwhile.
    let mut refused = None;
    for _ in 0..20 {
        let reply = process.send(slow.text(), "GET", "/v1/blobs/none", "").await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("too many requests");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["retryable"], true);
    process.send(free.text(), "PUT", "/v1/blobs/a", "eleven byte").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_tokens_holds_no_secret_of_one() {
    let emulator = emulator_with(&["one"]).await;
    let given = Given::new(READ_WRITE);
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[&given], "")).await;
    process.send(given.text(), "PUT", "/v1/blobs/a", "x").await.expect(200);
    let status = process.send(given.text(), "GET", "/status", "").await.expect(200);
    let told = status.json();
    assert_eq!((&told["tenant"], &told["bucket"]), (&"one".into(), &"one".into()));
    assert_eq!(told["bearer"], given.token.id.as_str());
    assert_eq!(told["rights"], serde_json::json!(["read", "write"]));
    assert_eq!(told["requests"][0]["operation"], "putBlob");
    let metrics = process.client().get("/metrics").await.expect(200);
    let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
    let line = "ossicle_api_requests_total{tenant=\"one\",method=\"PUT\",route=\"putBlob\",status=\"200\"} 1";
    assert!(metrics.lines().any(|other| other == line), "{metrics}");
    let shown = format!("{metrics}{told}{:?}{:?}", process.tenants, process.tenants.file());
    let secret = given.text().rsplit('_').next().unwrap();
    assert!(!shown.contains(secret) && !shown.contains(crate::world::SECRET), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn description_and_health_are_for_everybody() {
    let emulator = emulator_with(&["one"]).await;
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[], "")).await;
    let client = process.client();
    assert_eq!(client.get("/openapi.json").await.expect(200).json()["openapi"], "3.1.0");
    assert_eq!(&client.get("/healthz").await.expect(200).body[..], b"ok\n");
    assert_eq!(&client.get("/readyz").await.expect(200).body[..], b"ok\n");
    assert_eq!(client.send("POST", "/healthz", "").await.expect(405).header("allow"), "GET, HEAD");
    client.get("/status").await.expect(401);
}
