//! Whom HTTPS endpoints are believed.

use crate::error::Error;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Which certificate authorities are believed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrustRoots {
    /// Mozilla's, compiled in. Default: yes.
    pub mozilla: bool,
    /// The operating system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded. Default: yes.
    pub system: bool,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for TrustRoots {
    fn default() -> Self {
        Self { mozilla: true, system: true, extra: Vec::new() }
    }
}

impl TrustRoots {
    /// Mozilla's and the operating system's.
    pub fn new() -> Self {
        Self::default()
    }

    /// None but those that are added.
    pub fn none() -> Self {
        Self { mozilla: false, system: false, extra: Vec::new() }
    }

    /// Adds the certificates of a PEM text. Fails with [`Error::Engine`] when there is none in it.
    pub fn pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        let before = self.extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_ref()) {
            self.extra.push(certificate.map_err(|error| Error::Engine(format!("a CA certificate: {error}")))?);
        }
        if self.extra.len() == before {
            return Err(Error::Engine("there is no certificate in the PEM text of the CA".to_owned()));
        }
        Ok(self)
    }

    /// Adds the certificates of a PEM file. Fails with [`Error::Engine`] when it can't be read or has none.
    pub fn pem_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let pem = std::fs::read(path).map_err(|error| Error::Engine(format!("{}: {error}", path.display())))?;
        self.pem(pem)
    }

    /// The TLS configuration of a client that believes these. For the `ossicle` command, which fetches credentials itself
    /// where the component can't.
    #[doc(hidden)]
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, Error> {
        Trust::new(self.clone()).client()
    }

    fn store(&self) -> Result<RootCertStore, Error> {
        let mut store = RootCertStore::empty();
        if self.mozilla {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "a certificate authority of the operating system is left out");
            }
            // Stores of operating systems hold certificates that no verifier takes; they are no reason to fail.
            store.add_parsable_certificates(found.certs);
        }
        for certificate in &self.extra {
            store.add(certificate.clone()).map_err(|error| Error::Engine(format!("a CA certificate: {error}")))?;
        }
        if store.is_empty() {
            return Err(Error::Engine("no certificate authority is trusted: no HTTPS endpoint could be".to_owned()));
        }
        Ok(store)
    }
}

/// The roots, read when the first tenant needs them.
#[derive(Debug)]
pub(crate) struct Trust {
    roots: TrustRoots,
    store: OnceLock<Result<Arc<RootCertStore>, Error>>,
}

impl Trust {
    pub(crate) fn new(roots: TrustRoots) -> Self {
        Self { roots, store: OnceLock::new() }
    }

    /// A TLS configuration with a memory for sessions of its own: a tenant's sessions are not another's to resume.
    pub(crate) fn client(&self) -> Result<Arc<ClientConfig>, Error> {
        let store = self.store.get_or_init(|| self.roots.store().map(Arc::new)).clone()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Engine(format!("TLS: {error}")))?;
        let mut config = builder.with_root_certificates(store).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
