//! What a server presents while states of rustls-acme come and go.

use rustls_acme::rustls::server::{ClientHello, ResolvesServerCert};
use rustls_acme::rustls::sign::CertifiedKey;
use rustls_acme::{ResolvesServerCertAcme, is_tls_alpn_challenge};
use std::sync::{Arc, PoisonError, RwLock};

/// The certificate that a server presents: always the last one that [`keep`](super::keep()) has got or loaded, whatever the
/// authority does, and the answer to its challenges by TLS-ALPN.
#[derive(Debug, Default)]
pub struct AcmeResolver {
    serving: RwLock<Option<Arc<ResolvesServerCertAcme>>>,
    ordering: RwLock<Option<Arc<ResolvesServerCertAcme>>>,
}

impl AcmeResolver {
    /// One that has no certificate yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The key authorization for a token, where the challenges are those by HTTP.
    pub fn http_01(&self, token: &str) -> Option<String> {
        read(&self.ordering)?.get_http_01_key_auth(token)
    }

    pub(super) fn serve(&self, state: Arc<ResolvesServerCertAcme>) {
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    pub(super) fn order(&self, state: Arc<ResolvesServerCertAcme>) {
        *self.ordering.write().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }
}

fn read(slot: &RwLock<Option<Arc<ResolvesServerCertAcme>>>) -> Option<Arc<ResolvesServerCertAcme>> {
    slot.read().unwrap_or_else(PoisonError::into_inner).clone()
}

impl ResolvesServerCert for AcmeResolver {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let slot = if is_tls_alpn_challenge(&client_hello) { &self.ordering } else { &self.serving };
        read(slot)?.resolve(client_hello)
    }
}
