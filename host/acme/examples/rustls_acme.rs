//! One certificate by rustls-acme, for a fleet:
//! `cargo run --example rustls_acme -- STORAGE.toml 0.0.0.0:443 DIRECTORY-URL AUTHORITY.pem NAME`.

use ossicle::{Engine, EngineOptions, Limits};
use ossicle_acme::{AcmeResolver, RustlsAcmeCache, keep};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_acme::AcmeConfig;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [storage, address, directory, authority, name] = words.try_into().map_err(|_| "five words are needed")?;

    let storage: ossicle::Config = toml::from_str(&std::fs::read_to_string(storage)?)?;
    let tenant = Engine::new(EngineOptions::new())?.tenant("rustls-acme", storage, Limits::default())?;
    let cache = RustlsAcmeCache::new(tenant.certificates(), tokio::runtime::Handle::current());
    let resolver = AcmeResolver::new();

    let mut tls = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver.clone());
    tls.alpn_protocols = vec![b"http/1.1".to_vec(), b"acme-tls/1".to_vec()];
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(tls)), TcpListener::bind(address).await?);

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let client = Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth());
    tokio::spawn(async move {
        let config = || {
            let config = AcmeConfig::new_with_client_config([&name], Arc::clone(&client));
            config.contact_push("mailto:admin@example.com").directory(&directory)
        };
        keep(&cache, &resolver, config).await
    });
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(stream, acceptor).await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor) -> Result<(), Failure> {
    let mut stream = acceptor.accept(stream).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nserved").await?;
    Ok(stream.shutdown().await?)
}
