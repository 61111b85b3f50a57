//! Signed tokens in their compact form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::algorithm::Algorithm;
use super::jwk::Jwk;
use super::key::PublicKey;

/// The longest token. One with a chain of three certificates and a hundred scopes has some 12 KB.
const LONGEST: usize = 64 * 1024;

/// What a token's header says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Header {
    alg: String,
    pub kid: Option<String>,
    pub jwk: Option<Jwk>,
    pub x5c: Option<Vec<String>>,
    crit: Option<serde_json::Value>,
}

/// A token whose signature was not verified yet.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    pub header: Header,
    algorithm: Algorithm,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "the token is not in base64url")
}

fn document<T: DeserializeOwned>(text: &str) -> Result<T, &'static str> {
    serde_json::from_slice(&decode(text)?).map_err(|_| "a part of the token is not the JSON that it must be")
}

impl<'a> Unverified<'a> {
    /// Parses a token.
    pub fn parse(token: &'a str) -> Result<Self, &'static str> {
        if token.len() > LONGEST {
            return Err("the token is too long");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
        let (header, payload) = signed.split_once('.').ok_or("the token has less than three parts")?;
        if payload.contains('.') {
            return Err("the token has more than three parts");
        }
        let header: Header = document(header)?;
        if header.crit.is_some() {
            return Err("the token needs an extension that is not supported");
        }
        let algorithm = Algorithm::parse(&header.alg).ok_or("the token's algorithm is not accepted")?;
        Ok(Self { algorithm, header, signed, payload, signature: decode(signature)? })
    }

    /// What the token says, if this key signed it.
    pub fn verify<T: DeserializeOwned>(&self, key: &PublicKey) -> Result<T, &'static str> {
        if !key.verify(self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err("the token's signature is wrong");
        }
        document(self.payload)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(header: &str) -> String {
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn header_must_be_whole_and_its_algorithm_one_for_public_keys() {
        assert!(Unverified::parse(&token(r#"{"alg":"ES256","typ":"JWT"}"#)).is_ok());
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":""}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"ES512"}"#,
            r#"{"alg":"es256"}"#,
            r#"{"alg":["ES256"]}"#,
            r#"{"alg":"ES256","alg":"RS256"}"#,
            r#"{"alg":"ES256","crit":["b64"]}"#,
            r#"{"typ":"JWT"}"#,
            "[]",
            "",
        ] {
            assert!(Unverified::parse(&token(header)).is_err(), "{header}");
        }
    }

    #[test]
    fn form_must_be_three_parts_of_base64url() {
        let good = token(r#"{"alg":"ES256"}"#);
        for bad in ["", ".", "..", "...", &format!("{good}.AAAA"), &good.replace('.', ""), &format!("{good}="), "a.b"] {
            assert!(Unverified::parse(bad).is_err(), "{bad}");
        }
        assert!(Unverified::parse(&format!("{good}{}", "A".repeat(LONGEST))).is_err());
    }

    proptest! {
        #[test]
        fn no_token_makes_it_panic(text in "[A-Za-z0-9_.=-]{0,80}", header in "\\PC{0,60}") {
            let _ = Unverified::parse(&text);
            let _ = Unverified::parse(&token(&header));
        }
    }
}
