//! A certificate and its key, fresh and signed by itself.

use crate::error::CommandError;
use rcgen::{CertificateParams, DnType, KeyPair};

/// A certificate and its key, as an ACME client would store them.
pub struct Pair {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The private key, in PEM.
    pub key: String,
}

impl Pair {
    /// A new pair for a name. Nobody but itself vouches for it.
    pub fn new(name: &str) -> Result<Self, CommandError> {
        let failed = |error: rcgen::Error| CommandError::Demo(error.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Self { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}
