//! Many transfers at once, and clients that go away.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use ossicle_service::registry::Options;

use crate::client::{Client, content, sha256, with_digest};
use crate::world::{PART, Process, SMALL_PART, World, emulator, options};

/// A hundred docker clients with five layers each: far more than fits in memory at once. None fails; they wait.
#[tokio::test(flavor = "multi_thread")]
async fn hundred_pushes_of_five_layers_at_once_wait_for_one_another() {
    let world = World::new(PART).await;
    let client = world.client();
    let mut pushes = tokio::task::JoinSet::new();
    for pusher in 0..100 {
        pushes.spawn(async move {
            let name = format!("app-{pusher}");
            // Small, so that the test is quick; of unknown length, so that each takes the room of three parts.
            let layers = (0..5).map(|layer| content(pusher * 8 + layer, 20_000));
            let pushed = layers.map(|layer| async { client.push_streamed(&name, &{ layer }).await });
            futures_util::future::join_all(pushed).await;
            client.push_image(&name, "latest", &content(pusher, 1000)).await;
            name
        });
    }
    let names = pushes.join_all().await;
    assert_eq!(names.len(), 100);
    for name in names {
        let tags = client.get(&format!("/v2/{name}/tags/list")).await.expect(200).json();
        assert_eq!(tags["tags"], serde_json::json!(["latest"]));
    }
    // All of the room is free again.
    let counted = client.get("/metrics").await.body;
    let counted = String::from_utf8(counted.to_vec()).unwrap();
    assert!(counted.contains(&format!("ossicle_upload_room_free_bytes{{tenant=\"default\"}} {}\n", 224 << 20)));
}

/// Uploads of several parts, more than the instance has room for.
#[tokio::test(flavor = "multi_thread")]
async fn large_uploads_at_once_wait_for_room() {
    let world = World::new(PART).await;
    let client = world.client();
    let mut pushes = tokio::task::JoinSet::new();
    for pusher in 0..16 {
        pushes.spawn(async move { client.push_streamed("app", &content(pusher, 21_000_000)).await });
    }
    for digest in pushes.join_all().await {
        client.head(&format!("/v2/app/blobs/{digest}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_whose_client_goes_away_is_gone_on_with() {
    let world = World::new(SMALL_PART).await;
    let client = world.client();
    let layer = content(1, 450_000);
    let location = client.begin("app").await;
    // Some of it comes, and then the connection ends.
    let (pieces, came) = tokio::sync::mpsc::channel(1);
    let stream = futures_util::stream::unfold(came, async |mut came: tokio::sync::mpsc::Receiver<_>| {
        came.recv().await.map(|piece: std::io::Result<Bytes>| (piece.map(Frame::data), came))
    });
    let body = BodyExt::boxed(StreamBody::new(Box::pin(stream)));
    let broken = tokio::spawn(client.open(Request::patch(&location).body(body).unwrap()));
    pieces.send(Ok(layer.slice(..250_000))).await.unwrap();
    world
        .until("parts are sent", |emulator| {
            emulator.bucket("registry").uploads().iter().any(|upload| !upload.parts.is_empty())
        })
        .await;
    pieces.send(Err(std::io::Error::other("gone"))).await.unwrap();
    assert!(broken.await.unwrap().is_err());
    // Where it stands, any process tells.
    let reply = wait_for_upload(client, &location).await;
    let taken: usize = reply.header("range").strip_prefix("0-").unwrap().parse::<usize>().unwrap() + 1;
    assert!((SMALL_PART..=250_000).contains(&taken), "{taken}");
    let rest = layer.slice(taken..);
    let range = format!("{taken}-{}", layer.len() - 1);
    let headers = [("content-range", range.as_str())];
    let reply = client.send_body("PATCH", &reply.location(), &headers, crate::client::whole(rest)).await.expect(202);
    let digest = sha256(&layer);
    client.send("PUT", &with_digest(&reply.location(), &digest), "").await.expect(201);
    assert_eq!(client.read_blob("app", &digest).await, layer);
}

/// The request that was broken off may still be on its way to its end.
async fn wait_for_upload(client: Client, location: &str) -> crate::client::Reply {
    for _ in 0..200 {
        let reply = client.get(location).await;
        if reply.status == 204 {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the upload is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_whose_client_goes_away_leaves_room_for_others() {
    let emulator = emulator().await;
    let streaming = Options { redirects: None, ..options(PART) };
    let process = Process::start(&emulator, streaming).await;
    let client = process.client();
    let layer = content(1, 30_000_000);
    let digest = client.push_streamed("app", &layer).await;
    let uri = format!("/v2/app/blobs/{digest}");
    // As many as there may be streams, and some more.
    for _ in 0..140 {
        let request = Request::get(&uri).body(crate::client::whole(Bytes::new())).unwrap();
        let mut response = client.open(request).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_LENGTH], "30000000");
        response.body_mut().frame().await.unwrap().unwrap();
    }
    assert_eq!(client.read_blob("app", &digest).await, layer);
}
