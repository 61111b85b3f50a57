//! JSON Web Keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::key::{Curve, PublicKey};

/// A key as it stands in a JWKS or in a token's header. Members of private keys are not read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Jwk {
    kty: String,
    pub kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    pub x5c: Option<Vec<String>>,
}

fn decode(member: Option<&String>) -> Option<Vec<u8>> {
    // Some write the padding that RFC 7515 leaves out.
    URL_SAFE_NO_PAD.decode(member?.trim_end_matches('=')).ok()
}

/// A coordinate of this length: some leave out the zeros at its beginning.
fn coordinate(member: Option<&String>, length: usize) -> Option<Vec<u8>> {
    let bytes = decode(member)?;
    let mut whole = vec![0; length.checked_sub(bytes.len())?];
    whole.extend(bytes);
    Some(whole)
}

impl Jwk {
    /// The key; `None` if it is incomplete, is for encryption, or of a kind that verifies no token here.
    pub fn public_key(&self) -> Option<PublicKey> {
        if self.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Some(PublicKey::rsa(&decode(self.n.as_ref())?, &decode(self.e.as_ref())?)),
            ("EC", Some("P-256")) => self.point(Curve::P256),
            ("EC", Some("P-384")) => self.point(Curve::P384),
            ("OKP", Some("Ed25519")) => decode(self.x.as_ref()).filter(|key| key.len() == 32).map(PublicKey::Ed25519),
            _ => None,
        }
    }

    fn point(&self, curve: Curve) -> Option<PublicKey> {
        let mut point = vec![4];
        point.extend(coordinate(self.x.as_ref(), curve.coordinate())?);
        point.extend(coordinate(self.y.as_ref(), curve.coordinate())?);
        Some(PublicKey::Ec(curve, point))
    }
}
