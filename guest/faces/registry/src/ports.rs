//! All that the core asks of its surroundings.

use crate::environment::Host;
use crate::storage::Bucket;
use ossicle_registry::ports::{Anyone, Ports};

/// All ports of the registry. Who may reach it, the host decides.
#[derive(Debug)]
pub struct FacePorts {
    storage: Bucket,
}

impl FacePorts {
    /// Over this storage.
    pub fn new(storage: Bucket) -> Self {
        Self { storage }
    }
}

impl Ports for FacePorts {
    type Storage = Bucket;
    type Environment = Host;
    type Access = Anyone;

    fn storage(&self) -> &Bucket {
        &self.storage
    }

    fn environment(&self) -> &Host {
        &Host
    }

    fn access(&self) -> &Anyone {
        &Anyone
    }
}
