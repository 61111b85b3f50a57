//! Whom HTTPS endpoints are believed.

use crate::certificate_authority::HttpsServer;
use crate::support::{config, engine, get, options};
use ossicle::{Engine, Error, Limits, Tenant, TrustRoots};
use rustls::HandshakeKind;
use std::error::Error as _;

const HOST: &str = "bucket.oss.test";

fn trusting(server: &HttpsServer, roots: TrustRoots) -> Engine {
    engine(options().resolve(HOST, 443, server.address).trust(roots))
}

fn tenant(engine: &Engine) -> Tenant {
    engine.tenant("test", config("bucket", "oss.test"), Limits::default()).unwrap()
}

#[tokio::test]
async fn a_private_authority_is_believed_when_it_is_named() {
    let server = HttpsServer::start(HOST).await;
    let engine = trusting(&server, TrustRoots::new().pem(&server.ca).unwrap());
    assert_eq!(get(&tenant(&engine), &format!("https://{HOST}/")).await, "200 hello");
    let engine = trusting(&server, TrustRoots::new());
    assert_eq!(get(&tenant(&engine), &format!("https://{HOST}/")).await, "ErrorCode::TlsCertificateError");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_believed() {
    let server = HttpsServer::start("other.oss.test").await;
    let engine = trusting(&server, TrustRoots::none().pem(&server.ca).unwrap());
    assert_eq!(get(&tenant(&engine), &format!("https://{HOST}/")).await, "ErrorCode::TlsCertificateError");
}

#[tokio::test]
async fn sessions_are_resumed_by_the_same_tenant_alone() {
    let server = HttpsServer::start(HOST).await;
    let engine = trusting(&server, TrustRoots::none().pem(&server.ca).unwrap());
    for tenant in [tenant(&engine), tenant(&engine)] {
        for _ in 0..2 {
            assert_eq!(get(&tenant, &format!("https://{HOST}/close")).await, "200 hello");
        }
    }
    let handshakes = server.handshakes.lock().unwrap().clone();
    assert_eq!(handshakes, [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Full, HandshakeKind::Resumed]);
}

#[tokio::test]
async fn to_trust_nobody_is_an_error() {
    let engine = engine(options().trust(TrustRoots::none()));
    let error = engine.tenant("test", config("bucket", "oss.test"), Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Engine(_)), "{error:?}");
    assert!(engine.tenant("test", config("bucket", "http://oss.test"), Limits::default()).is_ok());
    assert!(TrustRoots::none().pem("no certificate").is_err());
    let error = TrustRoots::none().pem_file("/no/such/file").unwrap_err();
    // What failed below is its source.
    let source = error.source().and_then(|problem| problem.source()).expect("a source");
    assert_eq!(source.downcast_ref::<std::io::Error>().map(std::io::Error::kind), Some(std::io::ErrorKind::NotFound));
}
