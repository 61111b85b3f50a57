//! What the core asks of its surroundings, all together.

use ossicle_registry::ports::Ports;

use crate::auth::Authenticator;
use crate::environment::Environment;
use crate::storage::Driver;

/// What the core asks of its surroundings, of one tenant.
#[derive(Clone, Debug)]
pub struct TenantPorts {
    storage: Driver,
    environment: Environment,
    access: Authenticator,
}

impl TenantPorts {
    /// Over this storage.
    pub fn new(storage: Driver, environment: Environment, access: Authenticator) -> Self {
        Self { storage, environment, access }
    }
}

impl Ports for TenantPorts {
    type Storage = Driver;
    type Environment = Environment;
    type Access = Authenticator;

    fn storage(&self) -> &Driver {
        &self.storage
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn access(&self) -> &Authenticator {
        &self.access
    }
}
