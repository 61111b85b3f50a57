//! Content and its digests.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256, Sha512};

/// A hash algorithm of digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha256,
    Sha512,
}

/// Both algorithms.
pub(crate) const ALGORITHMS: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        })
    }
}

impl Algorithm {
    /// The digest of content.
    pub fn digest(self, content: &[u8]) -> String {
        let hex = |hash: &[u8]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self {
            Self::Sha256 => format!("sha256:{}", hex(&Sha256::digest(content))),
            Self::Sha512 => format!("sha512:{}", hex(&Sha512::digest(content))),
        }
    }
}

/// Content of a length that no other seed gives.
pub(crate) fn content(seed: &str, length: usize) -> Bytes {
    let blocks = (0u64..).flat_map(|block| Sha256::digest(format!("{seed} {block}")));
    blocks.take(length).collect()
}
