//! How many requests each operation takes, and how many of them at once.

use std::time::Duration;

use ossicle_guest::error::ErrorKind;
use ossicle_guest::oss::PresignMethod;

use crate::world::{Condition, PART, PublishOptions, World, WriteOptions, WriterStart, bytes, content, hint, kind};

/// The requests since the last time, in all.
fn taken(world: &World) -> u64 {
    world.ground.take_counts().into_iter().map(|(_, count)| count).sum()
}

#[tokio::test]
async fn of_each_operation() {
    let mut world = World::new().await;
    let driver = world.driver.clone();
    let write = async |bytes: &[u8]| {
        let mut writer = driver.writer("/w", WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(bytes)).await.unwrap();
        writer
    };
    taken(&world);
    driver.check().await.unwrap();
    assert_eq!(taken(&world), 1);
    driver.put_content("/d/f", "x".into(), &WriteOptions::default()).await.unwrap();
    assert_eq!(taken(&world), 1);
    driver.get_content("/d/f", Condition::default()).await.unwrap();
    assert_eq!(taken(&world), 1);
    world.read("/d/f", 0).await.unwrap();
    assert_eq!(taken(&world), 1);
    driver.stat("/d/f").await.unwrap();
    assert_eq!(taken(&world), 1);
    driver.stat("/d").await.unwrap();
    assert_eq!(taken(&world), 2);
    kind(driver.stat("/nothing").await);
    assert_eq!(taken(&world), 2);
    driver.list("/d").await.unwrap();
    assert_eq!(taken(&world), 1);
    driver.url_for("/d/f", PresignMethod::Get, None).await.unwrap();
    assert_eq!(taken(&world), 0);
    for (length, parts) in [(0, None), (1, None), (PART, None), (PART + 1, Some(2)), (5 * PART, Some(5))] {
        world.write_at("/s", 0, &bytes(length, 1)).await.unwrap();
        assert_eq!(taken(&world), parts.map_or(1, |parts| parts + 2), "a stream of {length}");
        write(&bytes(length, 1)).await.commit(PublishOptions::default()).await.unwrap();
        // Begun, a part, and the commit; an empty file is put, and the upload aborted.
        assert_eq!(taken(&world), parts.unwrap_or(1) + 2, "a writer of {length}");
    }
    write(&bytes(PART + 5, 1)).await.close().await.unwrap();
    assert_eq!(taken(&world), 3, "the upload, a part and the rest");
    world.restart();
    let mut resumed = world.driver.writer("/w", WriterStart::Newest, &hint(None)).await.unwrap();
    assert_eq!(taken(&world), 3);
    resumed.commit(PublishOptions::default()).await.unwrap();
    assert_eq!(taken(&world), 3, "the rest as a part, no rest any more, and the commit");
    driver.move_file("/d/f", "/d/g", PublishOptions::default()).await.unwrap();
    assert_eq!(taken(&world), 3);
    world.put_raw("/large", &bytes((4 << 20) + 1, 1));
    driver.move_file("/large", "/larger", PublishOptions::default()).await.unwrap();
    assert_eq!(taken(&world), 5 + 5, "the mark, a copy for each MiB, and the rest of a move by parts");
    driver.delete("/d/g", None).await.unwrap();
    assert_eq!(taken(&world), 4);
}

#[tokio::test]
async fn every_request_is_signed_by_version_1_as_well() {
    let world = World::signed_v1().await;
    let driver = &world.driver;
    world.put_raw("/large", &bytes((2 << 20) + 1, 1));
    driver.move_file("/large", "/larger", PublishOptions::default()).await.unwrap();
    for path in ["/w", "/x"] {
        let mut writer = driver.writer(path, WriterStart::Anew, &hint(None)).await.unwrap();
        writer.write(&mut content(&bytes(PART + 5, 1))).await.unwrap();
        writer.close().await.unwrap();
    }
    let mut writer = driver.writer("/w", WriterStart::Newest, &hint(None)).await.unwrap();
    writer.write(&mut content(b"more")).await.unwrap();
    writer.commit(PublishOptions::default()).await.unwrap();
    world.write_at("/w", PART, b"x").await.unwrap();
    assert_eq!(world.read("/w", PART as i64 - 1).await.unwrap(), [bytes(PART, 1)[PART - 1], b'x']);
    driver.delete("/w", None).await.unwrap();
    let uploads = driver.list_uploads("/", 0).await.unwrap().page().await.unwrap().unwrap();
    assert_eq!(uploads.len(), 1);
    driver.remove_uploads(uploads).await.unwrap();
    assert_eq!(driver.list("/").await.unwrap().paths, ["/larger"]);
    let url = driver.url_for("/larger", PresignMethod::Get, None).await.unwrap().url;
    assert!(url.contains("&Expires=") || url.contains("?Expires="));
    let requests = world.ground.emulator().requests();
    assert!(
        requests.iter().all(|one| one.signature == Some(ossicle_emulator::SignatureKind::V1Header)),
        "{requests:?}"
    );
}

#[tokio::test]
async fn p1_parts_go_at_once_over_few_connections() {
    for in_flight in [1, 4] {
        let world = World::with(|options| options.parts_in_flight = Some(in_flight)).await;
        world.ground.emulator().set_latency(Duration::from_millis(20));
        world.ground.take_counts();
        world.write_at("/f", 0, &bytes(12 * PART, 1)).await.unwrap();
        assert_eq!(world.ground.emulator().stats().in_flight_max, u64::from(in_flight));
        world.put_raw("/large", &bytes(8 << 20, 1));
        world.ground.take_counts();
        world.driver.move_file("/large", "/larger", PublishOptions::default()).await.unwrap();
        assert_eq!(world.ground.emulator().stats().in_flight_max, u64::from(in_flight));
        let connections: std::collections::BTreeSet<_> =
            world.ground.emulator().requests().into_iter().map(|one| one.connection).collect();
        assert!(connections.len() <= usize::from(in_flight) + 1, "{}", connections.len());
    }
}

#[tokio::test]
async fn u1_urls_work_by_themselves_and_are_in_no_error() {
    let world = World::new().await;
    world.put_raw("/f", b"0123456789");
    for (method, verb) in [(PresignMethod::Get, "GET"), (PresignMethod::Head, "HEAD")] {
        let url = world.driver.url_for("/f", method, Some(60)).await.unwrap().url;
        let http = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
            .build_http::<http_body_util::Empty<bytes::Bytes>>();
        let request = http::Request::builder().method(verb).uri(url.as_str()).body(Default::default()).unwrap();
        let answer = http.request(request).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["content-length"]), (200, &"10".parse().unwrap()));
    }
    for expiry in [0, 604_801, u64::MAX] {
        let error = world.driver.url_for("/f", PresignMethod::Get, Some(expiry)).await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::Unsupported));
        assert!(!error.to_string().contains("ignature="), "{error}");
    }
}
