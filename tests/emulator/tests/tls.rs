//! The emulator behind TLS.

mod support;

use std::sync::Arc;

use ossicle_emulator::{BucketSpec, Emulator};
use support::ask;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
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
