//! The digest of content, as OCI's documents have it.

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write};

/// A SHA-256, written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of some content.
    pub fn of(content: &[u8]) -> Self {
        let mut encoded = String::with_capacity(64);
        for byte in Sha256::digest(content) {
            // Writing into a string does not fail.
            let _ = write!(encoded, "{byte:02x}");
        }
        Self(encoded)
    }

    /// The digits alone, by which a layout names its files.
    pub fn encoded(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_of_nothing_is_the_known_one() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), format!("sha256:{known}"));
        assert_eq!(Digest::of(b"").encoded(), known);
    }
}
