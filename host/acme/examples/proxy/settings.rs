//! The proxy's file.

use crate::Failure;
use certmagic::AcmeIssuer;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    pub http: SocketAddr,
    pub https: SocketAddr,
    pub upstream: SocketAddr,
    pub names: Vec<String>,
    pub email: String,
    /// The ACME directory of the authority.
    pub directory: String,
    /// A further root that its server is trusted by: that of an authority of one's own.
    pub trust: Option<PathBuf>,
    /// The component; without it, the one that the library brings along.
    pub plug_in: Option<PathBuf>,
    /// Where it is kept compiled for this machine.
    #[serde(default = "cache")]
    pub cache: PathBuf,
    pub storage: ossicle::Config,
}

fn cache() -> PathBuf {
    std::env::temp_dir().join("ossicle-proxy-cache")
}

impl Settings {
    pub fn read(file: &str) -> Result<Self, Failure> {
        Ok(toml::from_str(&std::fs::read_to_string(file)?)?)
    }

    /// The authority, which checks a name by HTTP, at the address that this proxy listens on.
    pub fn issuer(&self) -> Result<AcmeIssuer, Failure> {
        let trust = self.trust.as_ref().map(CertificateDer::from_pem_file).transpose()?;
        Ok(AcmeIssuer {
            ca: self.directory.clone(),
            // A Caddy with the same bucket finds its certificates, and the other way round.
            issuer_key_override: Some(ossicle_acme::issuer_key(&self.directory)),
            test_ca: None,
            email: Some(self.email.clone()),
            tos_agreed: true,
            disable_tls_alpn_challenge: true,
            http_listen_host: self.http.ip(),
            http_port: self.http.port(),
            trusted_roots: trust.map(|root| vec![root.to_vec()]),
            ..AcmeIssuer::default()
        })
    }
}
