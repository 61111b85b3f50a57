//! All that the core asks of its surroundings.

use crate::access::FaceAccess;
use crate::environment::Host;
use crate::storage::Bucket;
use ossicle_registry::ports::Ports;

/// All ports of the registry.
#[derive(Debug)]
pub struct FacePorts {
    storage: Bucket,
    access: FaceAccess,
}

impl FacePorts {
    /// Over this storage, for whom this lets in.
    pub fn new(storage: Bucket, access: FaceAccess) -> Self {
        Self { storage, access }
    }
}

impl Ports for FacePorts {
    type Storage = Bucket;
    type Environment = Host;
    type Access = FaceAccess;

    fn storage(&self) -> &Bucket {
        &self.storage
    }

    fn environment(&self) -> &Host {
        &Host
    }

    fn access(&self) -> &FaceAccess {
        &self.access
    }
}
