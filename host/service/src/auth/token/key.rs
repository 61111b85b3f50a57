//! Public keys that verify tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32;
use ring::digest::{SHA256, digest};
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::algorithm::{Algorithm, Scheme};

/// The curves of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    /// The length of a coordinate in bytes.
    pub fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// The name in a JWK.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// RSA: modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// ECDSA: an uncompressed point.
    Ec(Curve, Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
}

/// A positive integer of DER or a JWK without the zeros before it.
fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}

impl PublicKey {
    /// An RSA key.
    pub fn rsa(n: &[u8], e: &[u8]) -> Self {
        Self::Rsa { n: without_zeros(n), e: without_zeros(e) }
    }

    /// The key of a certificate; `None` if it is of a kind that verifies no token here.
    pub fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let bytes = &*spki.subject_public_key.data;
        match spki.algorithm.algorithm.to_id_string().as_str() {
            "1.2.840.113549.1.1.1" => match spki.parsed().ok()? {
                Parsed::RSA(key) => Some(Self::rsa(key.modulus, key.exponent)),
                _ => None,
            },
            "1.2.840.10045.2.1" => {
                let curve = match spki.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string().as_str() {
                    "1.2.840.10045.3.1.7" => Curve::P256,
                    "1.3.132.0.34" => Curve::P384,
                    _ => return None,
                };
                let is_uncompressed = bytes.len() == 1 + 2 * curve.coordinate() && bytes.first() == Some(&4);
                is_uncompressed.then(|| Self::Ec(curve, bytes.to_vec()))
            }
            "1.3.101.112" => (bytes.len() == 32).then(|| Self::Ed25519(bytes.to_vec())),
            _ => None,
        }
    }

    /// Whether the key made a signature. `false` as well if the algorithm is not for keys of this kind.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let result = match (algorithm.scheme(), self) {
            (Scheme::Rsa(parameters), Self::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Scheme::Ecdsa(wanted, parameters), Self::Ec(curve, point)) if wanted == *curve => {
                UnparsedPublicKey::new(parameters, point).verify(message, signature)
            }
            (Scheme::Ed25519(parameters), Self::Ed25519(key)) => {
                UnparsedPublicKey::new(parameters, key).verify(message, signature)
            }
            _ => return false,
        };
        result.is_ok()
    }

    /// The thumbprint of RFC 7638 by SHA-256, which distribution 3 takes as the `kid` of a root certificate's key.
    pub fn thumbprint(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let members = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
            Self::Ec(curve, point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(curve.coordinate());
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), encode(x), encode(y))
            }
            Self::Ed25519(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(key)),
        };
        encode(digest(&SHA256, members.as_bytes()).as_ref())
    }
}

/// The `kid` that libtrust gives a key, and with it distribution 2: the first 240 bits of SHA-256 over the DER form, in
/// base32, by groups of four characters.
pub(super) fn libtrust_id(spki: &[u8]) -> String {
    let hash = digest(&SHA256, spki);
    let text = BASE32.encode(hash.as_ref().get(..30).unwrap_or_default());
    let groups: Vec<&str> = (0..12).filter_map(|group| text.get(group * 4..group * 4 + 4)).collect();
    groups.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprint_is_that_of_rfc_7638() {
        // The example of section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3o\
                 knjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHz\
                 u6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8\
                 awapJzKnqDKgw";
        let n = URL_SAFE_NO_PAD.decode(n).unwrap();
        assert_eq!(PublicKey::rsa(&n, &[1, 0, 1]).thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(PublicKey::Ed25519(x).thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn libtrust_id_is_twelve_groups_of_base32() {
        // SHA-256 of nothing begins with e3b0c442.
        let id = libtrust_id(b"");
        assert_eq!(id, "4OYM:IQUY:7QOB:JGX3:6TEJ:S35Z:EQT2:4QPE:MSNZ:GTFE:SWMR:W6CS");
    }
}
