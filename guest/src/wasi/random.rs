//! Random numbers, and a port for credentials that the host can't be asked for.

use super::Wasi;
use super::bindings::wasi::random::random;
use crate::ports::{CredentialHost, Entropy};

impl Entropy for Wasi {
    fn random_u64(&self) -> u64 {
        random::get_random_u64()
    }
}

impl CredentialHost for Wasi {}
