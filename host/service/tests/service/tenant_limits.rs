//! What one tenant's clients use up is not taken from another's.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::client::{Body, content};
use crate::world::serve_tenants;

/// A body whose client has sent some bytes and sends no more as long as the sender lives.
fn stalled(content: Bytes) -> (mpsc::Sender<()>, Body) {
    let (hold, held) = mpsc::channel::<()>(1);
    let pieces = futures_util::stream::unfold((Some(content), held), async |(first, mut held)| match first {
        Some(first) => Some((Ok::<_, std::io::Error>(Frame::data(first)), (None, held))),
        None => {
            held.recv().await;
            None
        }
    });
    (hold, BodyExt::boxed(StreamBody::new(Box::pin(pieces))))
}

/// Each tenant has room for two uploads of unknown length. Clients of one that bring nothing take all of its room: a third
/// upload waits, and those of the other tenant go on.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_stand_still_hold_up_their_own_tenant_alone() {
    let small = "limits = { memory = 73400320 }";
    let (one, two) = (format!("path = \"one\"\n{small}"), format!("path = \"two\"\n{small}"));
    let (_emulator, process) = serve_tenants(&[("first", &one), ("second", &two)]).await;
    let client = process.client();
    let mut standing = Vec::new();
    for _ in 0..2 {
        let location = client.begin("one/app").await;
        let (hold, body) = stalled(content(1, 1000));
        let request = tokio::spawn(client.open(Request::patch(&location).body(body).unwrap()));
        standing.push((hold, request));
    }
    let free = |tenant: &'static str| async move {
        let counted = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
        let line = format!("ossicle_upload_room_free_bytes{{tenant=\"{tenant}\"}} ");
        counted.lines().find_map(|other| other.strip_prefix(&line)).unwrap().parse::<u64>().unwrap()
    };
    for _ in 0..200 {
        if free("first").await < 10 << 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(free("first").await < 10 << 20 && free("second").await >= 60 << 20);
    let third = tokio::spawn(async move { client.push_streamed("one/app", &content(2, 20_000)).await });
    let others = (0..8).map(|place| async move { client.push_streamed("two/app", &content(place, 20_000)).await });
    let others = futures_util::future::join_all(others);
    let pushed = tokio::time::timeout(Duration::from_secs(30), others).await.expect("the other tenant goes on");
    assert_eq!(pushed.len(), 8);
    client.push_image("two/app", "latest", &content(3, 5000)).await;
    assert!(!third.is_finished(), "it waits for room");
    // What holds nothing of a body does not wait.
    client.get("/v2/one/app/blobs/uploads").await.expect(405);
    for (hold, request) in standing {
        drop(hold);
        assert_eq!(request.await.unwrap().unwrap().status(), 202);
    }
    third.await.unwrap();
}
