//! How a server ends, and how uploads go on in another one.

use std::time::Duration;

use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use ossicle_service::ServerSettings;
use tokio::sync::mpsc;

use crate::client::{Client, chunked, content, sha256, with_digest};
use crate::world::{PART, Process, SMALL_PART, World, emulator, options};

/// Between two requests of a push.
#[tokio::test(flavor = "multi_thread")]
async fn push_goes_on_in_another_process_after_an_orderly_end() {
    for part_size in [SMALL_PART, PART] {
        let emulator = emulator().await;
        let first = Process::start(&emulator, options(part_size)).await;
        let layer = content(1, 450_000);
        let location = first.client().begin("app").await;
        let patch = first.client().send_body("PATCH", &location, &[], chunked(layer.slice(..250_001))).await;
        let location = patch.expect(202).location();
        first.stop().await.unwrap();

        let second = Process::start(&emulator, options(part_size)).await;
        let client = second.client();
        let reply = client.send_body("PATCH", &location, &[], chunked(layer.slice(250_001..))).await.expect(202);
        let digest = sha256(&layer);
        client.send("PUT", &with_digest(&reply.location(), &digest), "").await.expect(201);
        assert_eq!(client.read_blob("app", &digest).await, layer);
        // Nothing is left of the upload but the blob and its link.
        let keys = emulator.bucket("registry").keys();
        assert_eq!(keys.len(), 2, "{keys:?}");
        assert_eq!(emulator.bucket("registry").uploads().len(), 0);
    }
}

/// In the middle of a body, which may end in good order.
#[tokio::test(flavor = "multi_thread")]
async fn transfer_ends_before_the_server_does() {
    let world = World::new(SMALL_PART).await;
    let client = world.client();
    let layer = content(1, 450_000);
    let location = client.begin("app").await;
    let (pieces, came) = mpsc::channel(1);
    let stream = futures_util::stream::unfold(came, async |mut came: mpsc::Receiver<_>| {
        came.recv().await.map(|piece| (Ok::<_, std::io::Error>(Frame::data(piece)), came))
    });
    let body = BodyExt::boxed(StreamBody::new(Box::pin(stream)));
    let patch = tokio::spawn(async move { client.send_body("PATCH", &location, &[], body).await });
    pieces.send(layer.slice(..300_000)).await.unwrap();
    world
        .until("parts are sent", |emulator| {
            emulator.bucket("registry").uploads().iter().any(|upload| !upload.parts.is_empty())
        })
        .await;
    let World { emulator, process } = world;
    let address = process.address;
    let stopped = process.stop();
    // It takes no more connections.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    pieces.send(layer.slice(300_000..)).await.unwrap();
    drop(pieces);
    let location = patch.await.unwrap().expect(202).location();
    stopped.await.unwrap();

    let second = Process::start(&emulator, options(SMALL_PART)).await;
    finish(second.client(), &location, &layer).await;
}

/// In the middle of a body that does not end in time.
#[tokio::test(flavor = "multi_thread")]
async fn transfer_that_takes_too_long_is_broken_off_and_gone_on_with() {
    let emulator = emulator().await;
    let settings = ServerSettings { shutdown_timeout: Duration::from_millis(500), ..ServerSettings::default() };
    let first = Process::start_with(&emulator, options(SMALL_PART), settings, None).await;
    let client = first.client();
    let layer = content(1, 450_000);
    let begun = client.begin("app").await;
    let (pieces, came) = mpsc::channel(1);
    let stream = futures_util::stream::unfold(came, async |mut came: mpsc::Receiver<_>| {
        came.recv().await.map(|piece| (Ok::<_, std::io::Error>(Frame::data(piece)), came))
    });
    let body = BodyExt::boxed(StreamBody::new(Box::pin(stream)));
    let request = http::Request::patch(&begun).body(body).unwrap();
    let patch = tokio::spawn(client.open(request));
    pieces.send(layer.slice(..300_000)).await.unwrap();
    let world = World { emulator, process: first };
    world
        .until("parts are sent", |emulator| {
            emulator.bucket("registry").uploads().iter().any(|upload| !upload.parts.is_empty())
        })
        .await;
    let World { emulator, process } = world;
    process.stop().await.unwrap();
    assert!(patch.await.unwrap().is_err());

    let second = Process::start(&emulator, options(SMALL_PART)).await;
    let client = second.client();
    let reply = client.get(&begun).await.expect(204);
    let taken = reply.header("range").strip_prefix("0-").unwrap().parse::<usize>().unwrap() + 1;
    assert!(taken > SMALL_PART && taken <= 300_000, "{taken}");
    let reply = client.send_body("PATCH", &reply.location(), &[], chunked(layer.slice(taken..))).await.expect(202);
    finish(client, &reply.location(), &layer).await;
}

async fn finish(client: Client, location: &str, layer: &bytes::Bytes) {
    let digest = sha256(layer);
    client.send("PUT", &with_digest(location, &digest), "").await.expect(201);
    assert_eq!(client.read_blob("app", &digest).await, *layer);
}
