//! The certificate that a client showed.

use std::fmt;

use ring::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What is known of the certificate that a client showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The SHA-256 of the whole certificate.
    pub(crate) fingerprint: Fingerprint,
    /// The DNS names, addresses of mail and URIs that it is for.
    pub(crate) names: Vec<String>,
}

/// The SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    /// Reads one as `openssl x509 -fingerprint -sha256` prints it, or without its colons.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.replace(':', "").to_ascii_lowercase();
        data_encoding::HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    fn of(certificate: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Self(bytes)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl ClientCertificate {
    /// Reads one whose chain was verified.
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Self {
        Self { fingerprint: Fingerprint::of(certificate), names: names(certificate).unwrap_or_default() }
    }
}

/// The names of a certificate; `None` if it can't be read, or has none.
fn names(certificate: &[u8]) -> Option<Vec<String>> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    let names = read.subject_alternative_name().ok()??;
    let names = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => Some((*name).to_owned()),
        _ => None,
    });
    Some(names.collect())
}
