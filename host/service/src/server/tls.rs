//! The certificate and the key of a server, and whose certificates it takes from clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, InconsistentKeys, RootCertStore, ServerConfig};

use crate::watched::Watched;

/// What speaks TLS, by files that may change.
#[derive(Debug)]
pub(super) struct Tls(Watched<TlsAcceptor, TlsError>);

impl Tls {
    /// What speaks it by now.
    pub async fn acceptor(&self) -> TlsAcceptor {
        self.0.current().await.as_ref().clone()
    }
}

/// The files with a server's certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM, with the certificates between it and a root.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
    /// PEM, with the authorities whose certificates clients may show; `None` to ask for none. A client without one is served
    /// too, and is whoever its token says.
    pub client_authorities: Option<PathBuf>,
}

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or holds no such thing.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// They don't go together.
    #[error("the key of {key} is not that of the certificate of {certificate}")]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// They can't be used.
    #[error("the certificate and its key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Why what a file should hold can't be had from it.
fn unreadable(path: &Path, what: &str, error: &pem::Error) -> TlsError {
    let reason = match error {
        pem::Error::Io(error) => format!("can't be read: {error}"),
        pem::Error::NoItemsFound => format!("there is no {what} in it"),
        other => format!("it is no PEM: {other}"),
    };
    TlsError::File { path: path.to_owned(), reason }
}

/// The certificates of a file, of which there is one at least.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|all| if all.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(all) })
        .map_err(|error| unreadable(path, "certificate", &error))
}

/// Verifies that a client's certificate, if it shows one, leads to an authority of a file.
fn verifier(path: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let refused = |error: VerifierBuilderError| TlsError::File { path: path.to_owned(), reason: error.to_string() };
    verifier.allow_unauthenticated().build().map_err(refused)
}

impl TlsFiles {
    /// Reads them, and again whenever one of them has changed: connections from then on have the new certificate.
    pub(super) fn watch(&self) -> Result<Tls, TlsError> {
        let mut files = vec![self.certificate.clone(), self.key.clone()];
        files.extend(self.client_authorities.clone());
        let read = self.clone();
        Watched::open(files, move || read.acceptor()).map(Tls)
    }

    fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key);
        let key = key.map_err(|error| unreadable(&self.key, "private key", &error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = match &self.client_authorities {
            None => builder.with_no_client_auth(),
            Some(path) => builder.with_client_cert_verifier(verifier(path, provider)?),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| self.unusable(error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn unusable(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { certificate: self.certificate.clone(), key: self.key.clone() }
            }
            error => TlsError::Unusable(error),
        }
    }
}
