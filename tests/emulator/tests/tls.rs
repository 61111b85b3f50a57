//! The emulator behind TLS.

mod support;

use std::sync::Arc;

use ossicle_emulator::{BucketSpec, Emulator};
use std::path::Path;
use std::process::Command;
use support::{Program, ask};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

#[tokio::test]
async fn a_signed_request_over_tls() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(vec![certificate.clone()], key).expect("a server");
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .access_key(support::ID, support::SECRET)
        .tls(Arc::new(server))
        .start()
        .await
        .expect("starts");
    assert!(emulator.endpoint().starts_with("https://127.0.0.1:"));
    emulator.bucket("plain").put_raw("k", "over TLS");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a root");
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.expect("a handshake");
    stream.write_all(&ask("GET", "plain", "k").wire(&emulator)).await.expect("writes");
    let mut answer = vec![0; 64 * 1024];
    let count = stream.read(&mut answer).await.expect("reads");
    let text = String::from_utf8_lossy(&answer[..count]);
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.ends_with("over TLS"), "{text}");
}

fn certificate(program: &Program) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(program.certificate.as_ref().expect("TLS")).expect("a certificate")
}

async fn ask_over_tls(address: &str, host: &'static str, certificate: &CertificateDer<'static>) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("a root");
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("connects");
    let name = ServerName::try_from(host).expect("a name");
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.expect("a handshake");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs() as i64;
    stream.write_all(&ask("GET", "ossicle", "").wire_at(address, now)).await.expect("writes");
    let mut answer = vec![0; 64 * 1024];
    let count = stream.read(&mut answer).await.expect("reads");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// Section 5: TLS on the main port, with a certificate of its own or with one from files.
#[tokio::test]
async fn the_program_speaks_tls() {
    let program = Program::start(&["--tls", "--domain", "oss.test"]);
    for host in ["localhost", "ossicle.localhost", "127.0.0.1", "oss.test", "bucket.oss.test"] {
        let told = ask_over_tls(&program.address, host, &certificate(&program)).await;
        assert!(told.starts_with("HTTP/1.1 200"), "{host}");
    }
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (cert, key) = (path("certificate.pem"), path("key.pem"));
    let files = ["--tls-cert", &cert, "--tls-key", &key];
    let missing = Command::new(env!("CARGO_BIN_EXE_oss-emulator")).args(files).output().expect("runs");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("certificate.pem"), "{missing:?}");
    let mut certificates = Vec::new();
    // The first makes it, the others find it.
    for own in [&["--tls"][..], &["--tls"], &[]] {
        let program = Program::start(&[own, &files[..]].concat());
        let certificate = certificate(&program);
        let told = ask_over_tls(&program.address, "localhost", &certificate).await;
        assert!(told.starts_with("HTTP/1.1 200"), "{told}");
        certificates.push(certificate);
    }
    certificates.dedup();
    assert_eq!(certificates.len(), 1);
    let mode = std::os::unix::fs::PermissionsExt::mode(&Path::new(&key).metadata().expect("a key").permissions());
    assert_eq!(mode & 0o777, 0o600);
}

/// 3.7, a sibling: a handshake that is not finished ends the connection.
#[tokio::test]
async fn half_a_handshake_ends_the_connection() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(vec![made.cert.der().clone()], key).expect("a server");
    let emulator = Emulator::builder().tls(Arc::new(server)).header_timeout(std::time::Duration::from_millis(200));
    let emulator = emulator.start().await.expect("starts");
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    stream.write_all(&[22, 3, 1]).await.expect("writes");
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the handshake is waited for");
}
