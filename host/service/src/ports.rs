//! What the core asks of its surroundings, all together.

use ossicle_registry::ports::{Anyone, Ports};

use crate::environment::Environment;
use crate::storage::Driver;

/// What the core asks of its surroundings, of one tenant.
#[derive(Clone, Debug)]
pub struct TenantPorts {
    storage: Driver,
    environment: Environment,
    access: Anyone,
}

impl TenantPorts {
    /// Over this storage.
    pub fn new(storage: Driver, environment: Environment) -> Self {
        Self { storage, environment, access: Anyone }
    }
}

impl Ports for TenantPorts {
    type Storage = Driver;
    type Environment = Environment;
    type Access = Anyone;

    fn storage(&self) -> &Driver {
        &self.storage
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn access(&self) -> &Anyone {
        &self.access
    }
}
