//! A server of HTTPS that shakes hands, or tries to.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::net::TcpListener;
use std::sync::Arc;
use time::OffsetDateTime;

pub struct Https {
    pub port: u16,
    /// The authority that vouches for it.
    pub ca: String,
}

impl Https {
    /// Starts one whose certificate is for these names, and holds from and until then. Its thread ends with the tests.
    pub fn start(names: &[&str], from: OffsetDateTime, until: OffsetDateTime) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut certificate = CertificateParams::new(names).unwrap();
        (certificate.not_before, certificate.not_after) = (from, until);
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, config) = (stream.unwrap(), config.clone());
                std::thread::spawn(move || {
                    let mut connection = ServerConnection::new(config).unwrap();
                    // The client breaks it off, as it should.
                    while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
                });
            }
        });
        Self { port, ca: authority.pem() }
    }
}
