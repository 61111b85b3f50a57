//! Who may do what with the API.

use crate::api_world::{ApiProcess, Given, emulator_with, tenant};

const READ_WRITE: &str = "rights = [\"read\", \"write\"]";
const PATH: &str = "/v1/certificates/sites/a.crt";

#[tokio::test(flavor = "multi_thread")]
async fn token_leads_to_its_tenant_alone() {
    let emulator = emulator_with(&["one", "two"]).await;
    let endpoint = emulator.endpoint();
    let (writer, other) = (Given::new(READ_WRITE), Given::new(READ_WRITE));
    let config = tenant("one", &endpoint, &[&writer], "") + &tenant("two", &endpoint, &[&other], "");
    let process = ApiProcess::start(&config).await;
    process.send(writer.text(), "PUT", PATH, "a certificate").await.expect(200);
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
async fn rates_are_each_tokens_own() {
    let emulator = emulator_with(&["one"]).await;
    let slow = Given::new("rights = [\"read\", \"write\"]\nrequests-per-second = 1\nburst = 2");
    let free = Given::new(READ_WRITE);
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[&slow, &free], "")).await;
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
async fn refused_credentials_ask_nothing_of_oss_and_readiness_is_for_everybody() {
    let emulator = emulator_with(&["one"]).await;
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[], "")).await;
    process.send(Given::new(READ_WRITE).text(), "GET", PATH, "").await.expect(401);
    let client = process.client();
    client.get(PATH).await.expect(401);
    client.get("/status").await.expect(401);
    assert!(emulator.requests().is_empty());
    assert_eq!(&client.get("/readyz").await.expect(200).body[..], b"ok\n");
}
