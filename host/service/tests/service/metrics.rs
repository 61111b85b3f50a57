//! What `/metrics` tells of those who hear of requests.

use std::time::Duration;

use ossicle_service::ServerSettings;
use ossicle_service::access_log::{AccessLog, Observers};
use ossicle_service::notifications::{EndpointSettings, NotificationSettings, Notifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Client, content};
use crate::world::{PART, Process, emulator, options};

/// An endpoint that takes every notification; its URL.
async fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 64 << 10];
                // Each notification is small enough to come at once.
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                }
            });
        }
    });
    url
}

/// Waits until the metrics have each of these lines.
async fn until_counted(client: Client, lines: &[&str]) {
    for _ in 0..600 {
        let counted = String::from_utf8(client.get("/metrics").await.expect(200).body.to_vec()).unwrap();
        if lines.iter().all(|line| counted.lines().any(|other| other == *line)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let counted = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
    panic!("not within 12 s: {lines:?}\n{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_and_lost_lines_are_counted() {
    let good = receiver().await;
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/", gone.local_addr().unwrap());
    let endpoint = |name: &str, url: &str| EndpointSettings {
        name: name.to_owned(),
        url: url.to_owned(),
        threshold: 1,
        backoff: Duration::from_secs(600),
        ..EndpointSettings::default()
    };
    let endpoints = vec![endpoint("good", &good), endpoint("g\"one", &gone), endpoint("good", &good)];
    let settings = NotificationSettings { endpoints, include_references: false };
    let observers =
        Observers { log: full_log(), notifier: Some(Notifier::start(settings, "node:5000".into()).unwrap()) };
    let emulator = emulator().await;
    let process =
        Process::start_with(&emulator, options(PART), ServerSettings { observers, ..ServerSettings::default() }, None)
            .await;
    let client = process.client();
    client.push_image("app", "v1", &content(1, 1000)).await;
    // Two blobs and a manifest. Of endpoints with one name the sum is told.
    let name = "ossicle_registry_notification";
    until_counted(
        client,
        &[
            &format!("{name}s_total{{endpoint=\"good\"}} 6"),
            &format!("{name}s_delivered_total{{endpoint=\"good\"}} 6"),
            &format!("{name}s_pending{{endpoint=\"good\"}} 0"),
            &format!("{name}s_total{{endpoint=\"g\\\"one\"}} 3"),
            &format!("{name}s_pending{{endpoint=\"g\\\"one\"}} 3"),
            &format!("{name}s_dropped_total{{endpoint=\"g\\\"one\"}} 0"),
            &format!("{name}_attempts_unanswered_total{{endpoint=\"g\\\"one\"}} 1"),
        ],
    )
    .await;
    #[cfg(target_os = "linux")]
    {
        // Each request so far is a line that could not be written; this one's is written after its answer.
        let counted = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
        let lost = counted.lines().find_map(|line| line.strip_prefix("ossicle_registry_access_log_lost_lines_total "));
        assert!(lost.unwrap().parse::<u64>().unwrap() >= 7, "{counted}");
    }
}

/// A log of which every line is lost.
fn full_log() -> Option<AccessLog> {
    #[cfg(target_os = "linux")]
    {
        use ossicle_service::access_log::{AccessLogSettings, LogTarget};
        let target = LogTarget::File("/dev/full".into());
        Some(AccessLog::open(AccessLogSettings { target, ..AccessLogSettings::default() }).unwrap())
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_off_has_no_metrics() {
    let emulator = emulator().await;
    let process = Process::start(&emulator, options(PART)).await;
    let counted = String::from_utf8(process.client().get("/metrics").await.expect(200).body.to_vec()).unwrap();
    assert!(!counted.contains("notification") && !counted.contains("access_log"), "{counted}");
}
