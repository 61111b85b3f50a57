//! What the server answers besides what the specification asks, and how it treats connections.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Version, header};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_service::registry::{Options, Redirects};
use ossicle_service::{ServerSettings, TlsFiles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::client::{content, whole};
use crate::world::{PART, Process, SMALL_PART, World, emulator, options};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_what_is_served_is_at_the_port() {
    let world = World::new(PART).await;
    let client = world.client();
    assert_eq!(client.get("/health").await.expect(200).body, "ok\n");
    assert_eq!(client.head("/health").await.expect(200).body, "");
    assert_eq!(client.get("/ready").await.expect(200).body, "ok\n");
    client.send("POST", "/health", "x").await.expect(405);
    for path in ["/", "/v1/", "/v2x", "/stats", "/debug/pprof", "/metrics/x", "/../v2/"] {
        let reply = client.get(path).await.expect(404);
        assert_eq!(reply.json()["errors"][0]["code"], "UNSUPPORTED", "{path}");
    }
    client.get("/v2/").await.expect(200);
    let push = client.push_streamed("app", &content(1, 1000)).await;
    client.get(&format!("/v2/app/blobs/{push}")).await.expect(200);
    let counted = String::from_utf8(client.get("/metrics").await.expect(200).body.to_vec()).unwrap();
    for line in [
        "ossicle_registry_requests_total{method=\"PATCH\",route=\"upload\",status=\"202\"} 1",
        "ossicle_registry_requests_total{method=\"GET\",route=\"blob\",status=\"200\"} 1",
        "ossicle_registry_received_bytes_total 1000",
        "ossicle_registry_request_seconds_count{route=\"base\"} 1",
        "ossicle_calls_total{tenant=\"default\",operation=\"put-content\",outcome=\"ok\"} 2",
    ] {
        assert!(counted.lines().any(|other| other == line), "{line}\n{counted}");
    }
    // Each line is a comment or a number under a name.
    for line in counted.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.starts_with("ossicle_") && line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_is_the_buckets() {
    let world = World::new(PART).await;
    world.emulator.faults().add(FaultRule::new(FaultAction::Error {
        status: 403,
        code: "AccessDenied".into(),
        message: String::new(),
        ec: String::new(),
    }));
    world.client().get("/ready").await.expect(503);
    // The process itself is well.
    world.client().get("/health").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_breaks_in_oss_breaks_the_connection() {
    let emulator = emulator().await;
    let streaming = Options { redirects: None, ..options(SMALL_PART) };
    let process = Process::start(&emulator, streaming).await;
    let client = process.client();
    let layer = content(1, 3_000_000);
    let digest = client.push_streamed("app", &layer).await;
    assert_eq!(client.read_blob("app", &digest).await, layer);
    // A bit is flipped on the way: only the CRC-64 at the end can tell.
    let flip = FaultAction::CorruptResponse { at: 2_500_000 };
    emulator.faults().add(FaultRule::new(flip).on(Operation::GetObject));
    let request = Request::get(format!("/v2/app/blobs/{digest}")).body(whole("")).unwrap();
    let response = client.open(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[header::CONTENT_LENGTH], "3000000");
    let read = response.into_body().collect().await;
    assert!(read.is_err(), "a body with another content ended as if it were whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_has_the_length_and_no_body() {
    let world = World::new(PART).await;
    let client = world.client();
    let (small, large) = (content(1, 1000), content(2, 2_000_000));
    for blob in [&small, &large] {
        let digest = client.push_streamed("app", blob).await;
        let mut stream = TcpStream::connect(world.process.address).await.unwrap();
        let request = format!("HEAD /v2/app/blobs/{digest} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains(&format!("content-length: {}", blob.len())), "{head}");
        assert_eq!(body, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_that_brings_no_head_or_no_body_ends() {
    let emulator = emulator().await;
    let settings = ServerSettings {
        head_timeout: Duration::from_millis(300),
        body_timeout: Duration::from_millis(300),
        ..ServerSettings::default()
    };
    let process = Process::start_with(&emulator, options(PART), settings, None).await;
    let location = process.client().begin("app").await;
    let patch = format!("PATCH {location} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nonly this");
    for (sent, expected) in [("GET /v2/ HT", ""), ("", ""), (patch.as_str(), "HTTP/1.1 400")] {
        let mut stream = TcpStream::connect(process.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut reply = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut reply)).await;
        read.expect("it ends").unwrap();
        assert!(reply.starts_with(expected), "{sent}: {reply}");
    }
    // And a head that is too large.
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let large = format!("GET /v2/ HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(300_000));
    // The server may have ended the connection before it took all.
    let _ = stream.write_all(large.as_bytes()).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    let reply = String::from_utf8_lossy(&reply);
    assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 431"), "{reply}");
    process.client().get("/v2/").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_are_spoken_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        client_authorities: None,
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let emulator = emulator().await;
    let streaming = Options { redirects: Some(Redirects::default()), ..options(PART) };
    let process = Process::start_with(&emulator, streaming, ServerSettings::default(), Some(&files)).await;

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    for (protocol, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let connector = TlsConnector::from(Arc::new(config.clone()));
        let stream = TcpStream::connect(process.address).await.unwrap();
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let request = Request::get("https://localhost/v2/").header("host", "localhost").body(whole("")).unwrap();
        let response = if version == Version::HTTP_2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        };
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "{}");
    }
}
