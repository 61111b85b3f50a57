//! The config while the server runs.

use std::time::Duration;

use futures_util::StreamExt;
use http_body_util::BodyExt;
use ossicle_service::ServerSettings;

use crate::api_world::{ApiProcess, Given, emulator_with, tenant, until};
use crate::client::{brought, content};
use crate::world::own_engine;

const READ_WRITE: &str = "rights = [\"read\", \"write\"]";

async fn metrics(process: &ApiProcess) -> String {
    String::from_utf8(process.client().get("/metrics").await.expect(200).body.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_config_is_taken_without_an_end_to_what_is_under_way() {
    let emulator = emulator_with(&["one", "two"]).await;
    let endpoint = emulator.endpoint();
    let (old, new) = (Given::new(READ_WRITE), Given::new(READ_WRITE));
    let process = ApiProcess::start(&tenant("one", &endpoint, &[&old], "")).await;
    // An upload that is under way while its tenant's settings change and its token goes.
    let (pieces, body) = brought();
    let (client, token) = (process.client(), format!("Bearer {}", old.text()));
    let blob = content(1, 300_000);
    let upload =
        tokio::spawn(
            async move { client.send_body("PUT", "/v1/blobs/large", &[("authorization", &token)], body).await },
        );
    pieces.send(blob.slice(..100_000)).await.unwrap();
    // This request and the upload: its token was known when it began.
    until("the upload is under way", async || metrics(&process).await.contains("ossicle_api_requests_in_flight 2"))
        .await;
    let changed =
        tenant("one", &endpoint, &[&new], "[tenant.limits]\ncalls = 7\n") + &tenant("two", &endpoint, &[], "");
    std::fs::write(&process.config, changed).unwrap();
    // It is found by itself.
    until("the new token is known", async || process.send(new.text(), "GET", "/v1/blobs/none", "").await.status == 404)
        .await;
    process.send(old.text(), "GET", "/v1/blobs/none", "").await.expect(401);
    pieces.send(blob.slice(100_000..)).await.unwrap();
    drop(pieces);
    upload.await.unwrap().expect(200);
    assert!(emulator.bucket("one").get_raw("large").unwrap() == blob);
    let counted = metrics(&process).await;
    assert!(counted.contains("ossicle_config_reloads_total{outcome=\"taken\"} 1"), "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_config_is_refused_as_a_whole() {
    let emulator = emulator_with(&["one", "two"]).await;
    let endpoint = emulator.endpoint();
    let (given, other) = (Given::new(READ_WRITE), Given::new(READ_WRITE));
    let good = tenant("one", &endpoint, &[&given], "");
    let process = ApiProcess::start(&good).await;
    process.send(given.text(), "PUT", "/v1/blobs/a", "x").await.expect(200);
    let one = tenant("one", &endpoint, &[&other], "");
    let no_endpoint = one.clone() + &tenant("two", "ftp://nowhere", &[], "");
    let no_bucket = one + &tenant("two", &endpoint, &[], "").replace("bucket = \"two\"", "bucket = \"Two\"");
    for (text, reason) in [
        (no_endpoint.as_str(), "must be public, internal"),
        (no_bucket.as_str(), "the tenant \"two\""),
        ("[[tenant]]\n", "line 1"),
        (&format!("listen = \"127.0.0.1:1\"\n{good}"), "listen: can't be changed"),
        (
            &format!("[engine]\nconnections = 100\n{good}"),
            "engine: can't be changed while the server runs: start it again",
        ),
    ] {
        std::fs::write(&process.config, text).unwrap();
        let refused = process.tenants.reload().await.unwrap_err().to_string();
        assert!(refused.contains(reason), "{reason}: {refused}");
        process.send(given.text(), "GET", "/v1/blobs/a", "").await.expect(200);
        process.send(other.text(), "GET", "/v1/blobs/a", "").await.expect(401);
    }
    let counted = metrics(&process).await;
    assert!(counted.contains("ossicle_config_last_reload_successful 0"), "{counted}");
    std::fs::write(&process.config, &good).unwrap();
    process.tenants.reload().await.unwrap();
    assert!(metrics(&process).await.contains("ossicle_config_last_reload_successful 1"));
}

/// A component as it is, and with a section that says nothing, so that it is another one that does the same.
fn component_and_another() -> (&'static [u8], Vec<u8>) {
    let component = ossicle_component::BLOBS;
    // A custom section: 0, the size of what follows, the size of its name, its name.
    (component, [component, b"\x00\x02\x01x"].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn component_of_a_file_is_loaded_again_when_it_changed_and_only_then() {
    let emulator = emulator_with(&["one"]).await;
    let given = Given::new(READ_WRITE);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blobs.wasm");
    let (component, another) = component_and_another();
    std::fs::write(&path, component).unwrap();
    let good = format!("components = [{path:?}]\n") + &tenant("one", &emulator.endpoint(), &[&given], "");
    let process = ApiProcess::start_on(own_engine(), &good, ServerSettings::default(), None).await;
    // How many instances there have been, once a call was answered by the present one.
    let instances = async || {
        process.send(given.text(), "PUT", "/v1/blobs/a", "x").await.expect(200);
        let counted = metrics(&process).await;
        let of = counted.lines().find_map(|line| line.strip_prefix("ossicle_instances_total{tenant=\"one\"} "));
        of.unwrap_or_else(|| panic!("{counted}")).to_owned()
    };
    assert_eq!(instances().await, "1");
    // A config that is refused for another reason leaves the instances at work.
    let no_bucket = good.replace("bucket = \"one\"", "bucket = \"One\"");
    std::fs::write(&process.config, no_bucket).unwrap();
    process.tenants.reload().await.unwrap_err();
    assert_eq!(instances().await, "1");
    std::fs::write(&process.config, &good).unwrap();
    process.tenants.reload().await.unwrap();
    assert_eq!(instances().await, "1");
    // So does a file that is no component, whose name is told.
    std::fs::write(&path, "no component").unwrap();
    let refused = process.tenants.reload().await.unwrap_err().to_string();
    assert!(refused.contains("blobs.wasm"), "{refused}");
    assert_eq!(instances().await, "1");
    std::fs::write(&path, another).unwrap();
    process.tenants.reload().await.unwrap();
    assert_eq!(instances().await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_goes_on_as_it_was() {
    let emulator = emulator_with(&["one"]).await;
    let slow = Given::new("rights = [\"read\"]\nrequests-per-second = 1\nburst = 100");
    let config = tenant("one", &emulator.endpoint(), &[&slow], "");
    let process = ApiProcess::start(&config).await;
    process.send(slow.text(), "GET", "/v1/blobs/none", "").await.expect(404);
    let connections = metrics(&process)
        .await
        .lines()
        .filter(|line| line.contains("ossicle_oss_connections_total{"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    assert!(!connections.is_empty());
    for _ in 0..60 {
        process.send(slow.text(), "GET", "/v1/blobs/none", "").await.expect(404);
    }
    process.tenants.reload().await.unwrap();
    let mut is_limited = false;
    // One that began anew would let all of them pass.
    for _ in 0..90 {
        is_limited |= process.send(slow.text(), "GET", "/v1/blobs/none", "").await.status == 429;
    }
    assert!(is_limited, "the limit is the one of before");
    let after = metrics(&process).await;
    assert!(connections.iter().all(|line| after.contains(line)), "{connections:?}\n{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bucket_that_is_gone_makes_the_server_not_ready() {
    let emulator = emulator_with(&["one"]).await;
    let endpoint = emulator.endpoint();
    let config = tenant("one", &endpoint, &[], "") + &tenant("gone", &endpoint, &[], "");
    let process = ApiProcess::start(&config).await;
    let reply = process.client().get("/readyz").await.expect(503);
    // Whose bucket it is, the log says.
    assert_eq!(&reply.body[..], b"a bucket can't be reached\n");
    process.client().get("/healthz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_end_before_the_server_does_or_are_cut_at_the_deadline() {
    for (limit, ends) in [(Duration::from_secs(60), true), (Duration::from_millis(500), false)] {
        let emulator = emulator_with(&["one"]).await;
        let given = Given::new(READ_WRITE);
        let settings = ServerSettings { shutdown_timeout: limit, ..ServerSettings::default() };
        let process = ApiProcess::start_with(&tenant("one", &emulator.endpoint(), &[&given], ""), settings, None).await;
        let (pieces, body) = brought();
        let (client, token) = (process.client(), format!("Bearer {}", given.text()));
        let request = http::Request::put("/v1/blobs/large").header("authorization", token).body(body).unwrap();
        let upload = tokio::spawn(client.open(request));
        let blob = content(2, 300_000);
        pieces.send(blob.slice(..100_000)).await.unwrap();
        until("the upload is under way", async || {
            let counted = metrics(&process).await;
            // This request itself is one.
            counted.contains("ossicle_api_requests_in_flight 2")
        })
        .await;
        let stopped = process.stop();
        if ends {
            pieces.send(blob.slice(100_000..)).await.unwrap();
            drop(pieces);
            let response = upload.await.unwrap().unwrap();
            assert_eq!(response.status(), 200);
            let _ = response.into_body().into_data_stream().collect::<Vec<_>>().await;
            stopped.await.unwrap();
            assert!(emulator.bucket("one").get_raw("large").unwrap() == blob);
        } else {
            stopped.await.unwrap();
            assert!(upload.await.unwrap().is_err());
            // Nothing of it is a file.
            assert!(emulator.bucket("one").get_raw("large").is_none());
        }
    }
}
