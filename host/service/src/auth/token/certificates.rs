//! Certificates of token servers.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

use super::key::{PublicKey, libtrust_id};

/// The longest chain that is looked at: those of token servers have one to three certificates.
const LONGEST_CHAIN: usize = 10;

/// A certificate for any purpose is one for tokens, as in distribution.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

/// A root certificate of a bundle.
#[derive(Debug)]
pub(super) struct Root {
    certificate: CertificateDer<'static>,
    anchor: Option<TrustAnchor<'static>>,
    /// The key, if it is of a kind that verifies tokens, and what it is called in `kid`.
    pub key: Option<(PublicKey, [String; 2])>,
}

impl Root {
    fn new(certificate: CertificateDer<'static>) -> Result<Self, &'static str> {
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| "this is not a certificate")?;
        let spki = parsed.public_key();
        let key = PublicKey::from_spki(spki).map(|key| {
            let ids = [libtrust_id(spki.raw), key.thumbprint()];
            (key, ids)
        });
        let anchor = webpki::anchor_from_trusted_cert(&certificate).ok().map(|anchor| anchor.to_owned());
        Ok(Self { certificate, anchor, key })
    }

    /// Parses a bundle; the error says which certificate, counted from 1, is wrong.
    pub fn parse_bundle(pem: &str) -> Result<Vec<Self>, String> {
        let mut roots = Vec::new();
        for (number, certificate) in CertificateDer::pem_slice_iter(pem.as_bytes()).enumerate() {
            let wrong = |problem: String| format!("certificate {}: {problem}", number + 1);
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.push(Self::new(certificate).map_err(|problem| wrong(problem.to_owned()))?);
        }
        Ok(roots)
    }
}

/// The key of the first certificate of a chain, if the chain ends at a root and all of it is valid at a time.
pub(super) fn verify_chain(chain: &[String], roots: &[Root], now: SystemTime) -> Result<PublicKey, &'static str> {
    if chain.len() > LONGEST_CHAIN {
        return Err("the token's chain of certificates is too long");
    }
    let decode = |text: &String| STANDARD.decode(text).map(CertificateDer::from);
    let chain: Vec<CertificateDer<'_>> =
        chain.iter().map(decode).collect::<Result<_, _>>().map_err(|_| "the token's certificates are not in base64")?;
    let (leaf, intermediates) = chain.split_first().ok_or("the token's chain of certificates is empty")?;
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    // A certificate that is itself trusted needs no other. Token servers often sign with a self-signed one.
    if !roots.iter().any(|root| root.certificate == *leaf) {
        let anchors: Vec<TrustAnchor<'static>> = roots.iter().filter_map(|root| root.anchor.clone()).collect();
        let untrusted = |_| "the token's chain of certificates ends at no root";
        let end = EndEntityCert::try_from(leaf).map_err(|_| "the token's certificate can't be used")?;
        let time = UnixTime::since_unix_epoch(since_epoch);
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        end.verify_for_usage(algorithms, &anchors, intermediates, time, AnyUsage, None, None).map_err(untrusted)?;
    }
    let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| "the token's certificate can't be used")?;
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    let time = ASN1Time::from_timestamp(seconds).map_err(|_| "the time is beyond what certificates can state")?;
    if !parsed.validity().is_valid_at(time) {
        return Err("the token's certificate is not valid at this time");
    }
    PublicKey::from_spki(parsed.public_key())
        .ok_or("the key of the token's certificate is of a kind that is not supported")
}
