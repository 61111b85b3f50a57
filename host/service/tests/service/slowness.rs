//! Clients that bring or take too little, for whom nothing is held.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Request;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use ossicle_emulator::Emulator;
use ossicle_service::registry::Options;
use ossicle_service::{ServerSettings, TlsFiles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::client::{Client, content, sha256, whole, with_digest};
use crate::world::{PART, Process, emulator, options};

/// Longer than the pauses of a machine that is busy, and short enough for a test.
const IDLE: Duration = Duration::from_secs(1);

fn settings(body_rate: u32) -> ServerSettings {
    ServerSettings { body_timeout: IDLE, body_rate, ..ServerSettings::default() }
}

async fn free_room(client: Client) -> String {
    let counted = client.get("/metrics").await.expect(200).body;
    let counted = String::from_utf8(counted.to_vec()).unwrap();
    let line = counted.lines().find(|line| line.starts_with("ossicle_upload_room_free_bytes"));
    line.unwrap().rsplit(' ').next().unwrap().to_owned()
}

/// Sends a `PATCH` of pieces, one every 50 ms; the connection.
async fn trickle(process: &Process, location: &str, piece: &[u8], count: usize) -> TcpStream {
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let length = piece.len() * count;
    let head = format!("PATCH {location} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..count {
        if stream.write_all(piece).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stream
}

/// It never stands still for as long as it may, but on average it is too slow: of two seconds' worth it needs 80.
#[tokio::test(flavor = "multi_thread")]
async fn upload_that_trickles_ends_and_gives_its_room_back() {
    let emulator = emulator().await;
    let process = Process::start_with(&emulator, options(PART), settings(10_000), None).await;
    let client = process.client();
    let all = free_room(client).await;
    let location = client.begin("app").await;
    let begun = Instant::now();
    let trickling = trickle(&process, &location, &[7; 10], 1600);
    let taken = async {
        while free_room(client).await == all {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (mut stream, ()) = tokio::join!(trickling, taken);
    let mut reply = String::new();
    // A client that goes on to send into a connection that was closed may lose the response.
    if stream.read_to_string(&mut reply).await.is_ok() && !reply.is_empty() {
        assert!(reply.starts_with("HTTP/1.1 400") && reply.contains("bytes a second"), "{reply}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "it was cut only after {:?}", begun.elapsed());
    assert_eq!(free_room(client).await, all);
    // What came of it can be gone on with.
    let begun = client.get(&location).await.expect(204);
    assert!(begun.header("range").starts_with("0-"), "{begun:?}");
}

/// Twice as fast as it must be, for longer than it may stand still.
#[tokio::test(flavor = "multi_thread")]
async fn upload_that_is_slow_but_not_too_slow_is_taken() {
    let emulator = emulator().await;
    let process = Process::start_with(&emulator, options(PART), settings(1000), None).await;
    let client = process.client();
    let location = client.begin("app").await;
    let mut stream = trickle(&process, &location, &[7; 100], 60).await;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
    let location = reply.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    client.send("PUT", &with_digest(location, &sha256(&[7; 6000])), "").await.expect(201);
}

/// What the system holds for a client is far less than this.
const LARGE: usize = 40_000_000;

async fn with_large_blob(tls: Option<&TlsFiles>) -> (Emulator, Process, String) {
    let emulator = emulator().await;
    let streaming = || Options { redirects: None, ..options(PART) };
    let pushing = Process::start(&emulator, streaming()).await;
    let digest = pushing.client().push_streamed("app", &content(1, LARGE)).await;
    pushing.stop().await.unwrap();
    let process = Process::start_with(&emulator, streaming(), settings(1 << 20), tls).await;
    (emulator, process, format!("/v2/app/blobs/{digest}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_whose_client_takes_nothing_or_too_little_ends() {
    let (_emulator, process, uri) = with_large_blob(None).await;
    for piece in [None, Some(1000)] {
        let mut stream = TcpStream::connect(process.address).await.unwrap();
        stream.write_all(format!("GET {uri} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
        let begun = Instant::now();
        let mut taken = 0;
        while begun.elapsed() < 4 * IDLE {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Some(piece) = piece {
                taken += stream.read(&mut vec![0; piece]).await.unwrap_or(0);
            }
        }
        // What was sent before the end is still there, and then the connection is closed.
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        let _ended = read.expect("the connection ends");
        assert!(taken + rest.len() < LARGE, "{piece:?}: all of it came");
    }
    // Others are served.
    assert_eq!(process.client().get(&uri).await.expect(200).body.len(), LARGE);
}

/// A stream of HTTP/2 can be left alone while its connection answers.
#[tokio::test(flavor = "multi_thread")]
async fn pull_over_http_2_whose_client_takes_nothing_ends() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        client_authorities: None,
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let (_emulator, process, uri) = with_large_blob(Some(&files)).await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));

    let stream = TcpStream::connect(process.address).await.unwrap();
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut connection = tokio::spawn(connection);
    let get = |uri: &str| Request::get(format!("https://localhost{uri}")).body(whole("")).unwrap();
    let response = sender.send_request(get(&uri)).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut answered = 0;
    let begun = Instant::now();
    // Other streams go on meanwhile.
    let ended = loop {
        tokio::select! {
            ended = &mut connection => break ended.unwrap(),
            () = tokio::time::sleep(IDLE / 10) => {}
        }
        if let Ok(other) = sender.send_request(get("/v2/")).await {
            answered += usize::from(other.into_body().collect().await.is_ok());
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the connection goes on");
    };
    assert!(answered > 0);
    assert!(ended.is_err() || response.into_body().collect().await.is_err(), "all of it came");
}
