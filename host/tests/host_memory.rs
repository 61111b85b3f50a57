//! 3.4: what a hostile component takes of the host's memory, beside its own, by whatever way there is: no more than
//! `Limits::host_memory` says. A program of its own, since it counts what its allocator gives out.

use std::time::Duration;

use futures_util::StreamExt;
use ossicle::{Addressing, Config, Credentials, Engine, EngineOptions, Limits};
use ossicle_fixtures::Counting;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[global_allocator]
static MEMORY: Counting = Counting;

const MIB: usize = 1 << 20;

/// Answers `/head` with a head of 30 KiB and `/body` with an endless body, and nothing to anything else.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request).await {
                    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or("/").to_owned();
                    let head = match path.as_str() {
                        "/head" => format!("x-long: {}\r\ncontent-length: 0", "v".repeat(30 << 10)),
                        "/body" => "content-length: 1000000000000".to_owned(),
                        _ => std::future::pending().await,
                    };
                    if stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).await.is_err() {
                        return;
                    }
                    if path == "/body" {
                        while stream.write_all(&[7; 65536]).await.is_ok() {}
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

fn config(endpoint: &str) -> Config {
    let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret"));
    config.endpoint(endpoint.parse().unwrap()).addressing(Addressing::CustomDomain)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_takes_no_more_of_the_host_than_is_said() {
    let options = EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR"));
    let engine = Engine::with_components([ossicle_fixtures::HOSTILE], options).unwrap();
    let server = server().await;
    let limits = Limits::default().call_timeout(Duration::from_secs(20)).cpu(Duration::from_secs(20));
    let allowed = limits.host_memory() as usize;
    let mut report = Vec::new();
    for hoard in [
        // As many as there may be handles, of as much as each may have; before it was bounded that was 128 KiB each.
        "fields 4000 30000".to_owned(),
        "fields 4000 100000".to_owned(),
        "short-fields 2000 100".to_owned(),
        "requests 2000 16000".to_owned(),
        "requests 2000 60000".to_owned(),
        "authorities 2000 500".to_owned(),
        "authorities 2000 1000000".to_owned(),
        "methods 2000 1000000".to_owned(),
        format!("responses 2000 0 {server}/head"),
        format!("responses 150 0 {server}/body"),
        format!("bodies 800 250000 {server}/silent"),
    ] {
        let tenant = engine.tenant("hostile", config(&server), limits.clone()).unwrap();
        let before = Counting::now();
        Counting::forget_most();
        let said = tenant.certificates().load(&format!("hoard {hoard}")).await;
        let took = Counting::most().saturating_sub(before);
        let said = said.map_or_else(|error| error.to_string(), |said| String::from_utf8_lossy(&said).into_owned());
        report.push(format!("{hoard}: {} MiB, {said}", took / MIB));
        assert!(took < allowed, "more than {} MiB: {report:#?}", allowed / MIB);
        // The heads have a limit of their own; the rest is what the allocator leaves.
        if !hoard.contains(&server) {
            assert!(took < 48 * MIB, "{report:#?}");
        }
        tenant.close_within(Duration::ZERO).await;
    }
    println!("{report:#?}");

    // Streams that nobody reads.
    let blobs = engine.tenant("hostile", config(&server), limits.clone()).unwrap().blobs();
    let before = Counting::now();
    Counting::forget_most();
    let mut unread = Vec::new();
    for _ in 0..limits.streams {
        let mut stream = blobs.read("forever", 0).await.unwrap();
        stream.next().await.unwrap().unwrap();
        unread.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let took = Counting::most().saturating_sub(before);
    assert!(took < 2 * MIB * limits.streams, "{} MiB for {} streams", took / MIB, limits.streams);
    blobs.tenant().close_within(Duration::ZERO).await;
}
