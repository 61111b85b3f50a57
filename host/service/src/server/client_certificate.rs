//! The certificate that a client showed.

use std::fmt;
use std::time::{Duration, SystemTime};

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
    /// When it ends. Its connection, or a session that is resumed, may last longer.
    pub(crate) ends: SystemTime,
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
        let read = X509Certificate::from_der(certificate).ok().map(|(_, read)| read);
        let names = read.as_ref().and_then(names).unwrap_or_default();
        let ends = read.and_then(|read| u64::try_from(read.validity().not_after.timestamp()).ok());
        // Of one that can't be read it is not known that it holds.
        let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(ends.unwrap_or(0));
        Self { fingerprint: Fingerprint::of(certificate), names, ends }
    }
}

/// The names of a certificate; `None` if it has none. Each kind has a form of its own, so that a name of one is not taken for
/// one of another: an authority may be let sign for some names of one kind, and for whatever it likes of the others.
fn names(read: &X509Certificate<'_>) -> Option<Vec<String>> {
    let names = read.subject_alternative_name().ok()??;
    let names = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) if !name.contains(['@', ':']) => Some((*name).to_owned()),
        GeneralName::RFC822Name(name) if name.contains('@') && !name.contains(':') => Some((*name).to_owned()),
        GeneralName::URI(name) if name.contains(':') => Some((*name).to_owned()),
        _ => None,
    });
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    #[test]
    fn names_of_each_kind_have_its_form() {
        let text = |text: &str| text.try_into().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = vec![
            SanType::DnsName(text("one.example")),
            SanType::DnsName(text("mail@one.example")),
            SanType::Rfc822Name(text("mail@two.example")),
            SanType::Rfc822Name(text("two.example")),
            SanType::URI(text("spiffe://three.example/build")),
            SanType::URI(text("three.example")),
        ];
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let read = ClientCertificate::read(certificate.der());
        assert_eq!(read.names, ["one.example", "mail@two.example", "spiffe://three.example/build"]);
        assert_eq!(read.ends, SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000));
        let unread = ClientCertificate::read(&CertificateDer::from(vec![1, 2, 3]));
        assert_eq!((unread.names.len(), unread.ends), (0, SystemTime::UNIX_EPOCH));
    }
}
