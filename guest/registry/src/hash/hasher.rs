//! A hash that is being computed.

use sha2::{Digest as _, Sha256, Sha512};

use super::go_state;
use crate::digest::{Algorithm, Digest};

/// A hash that is being computed.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of what was hashed so far.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Sha256(hasher) => Digest::from_hash(Algorithm::Sha256, &hasher.clone().finalize()),
            Self::Sha512(hasher) => Digest::from_hash(Algorithm::Sha512, &hasher.clone().finalize()),
        }
    }

    /// The state as Go's `MarshalBinary` writes it, which is what distribution keeps in `hashstates`.
    pub fn to_go_state(&self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => go_state::write_sha256(hasher),
            Self::Sha512(hasher) => go_state::write_sha512(hasher),
        }
    }

    /// The hash with a state that Go wrote after `offset` bytes; `None` if it is not one, or of another number of bytes.
    pub fn from_go_state(algorithm: Algorithm, state: &[u8], offset: u64) -> Option<Self> {
        match algorithm {
            Algorithm::Sha256 => go_state::read_sha256(state, offset).map(Self::Sha256),
            Algorithm::Sha512 => go_state::read_sha512(state, offset).map(Self::Sha512),
        }
    }
}

/// The digest of bytes that are at hand.
pub(crate) fn digest_of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.digest()
}
