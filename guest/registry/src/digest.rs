//! Digests of content.

use std::fmt;

use serde::{Serialize, Serializer};

/// A hash algorithm that digests may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, the canonical one.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The name, as it stands in digests and paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// How many characters the encoded part of a digest has.
    pub(crate) fn encoded_length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A digest, `sha256:…`: an algorithm and the hash in lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    encoded: String,
}

impl Digest {
    /// The digest that a string states; `None` for another algorithm, another length or other characters.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, encoded) = text.split_once(':')?;
        let algorithm = Algorithm::parse(algorithm)?;
        let is_hex = encoded.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex && encoded.len() == algorithm.encoded_length()).then(|| Self { algorithm, encoded: encoded.to_owned() })
    }

    /// The digest of a hash.
    pub(crate) fn from_hash(algorithm: Algorithm, hash: &[u8]) -> Self {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
        let encoded = hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        Self { algorithm, encoded }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash in hexadecimal digits.
    pub fn encoded(&self) -> &str {
        &self.encoded
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.encoded)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_parsed_only_in_its_exact_form() {
        let hex = "0123456789abcdef".repeat(4);
        assert_eq!(Digest::parse(&format!("sha256:{hex}")).unwrap().to_string(), format!("sha256:{hex}"));
        assert!(Digest::parse(&format!("sha512:{hex}{hex}")).is_some());
        for wrong in [
            hex.clone(),
            format!("sha256:{}", hex.to_uppercase()),
            format!("sha512:{hex}"),
            format!("sha256:{hex}0"),
            format!("md5:{hex}"),
            "sha256:baddigeststring".to_owned(),
            format!("sha256:{}g", hex.split_at(63).0),
        ] {
            assert_eq!(Digest::parse(&wrong), None, "{wrong}");
        }
    }
}
