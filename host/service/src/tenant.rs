//! A registry of one tenant, as the server has it.

use std::fmt;
use std::sync::Arc;

use ossicle::Blobs;
use ossicle_registry::{Options, Registry};

use crate::environment::Environment;
use crate::ports::TenantPorts;
use crate::room::UploadRoom;
use crate::storage::Driver;

/// What a tenant is made of.
#[derive(Debug)]
pub struct TenantSettings {
    /// Its name, as metrics and logs have it.
    pub name: String,
    /// Its blobs.
    pub blobs: Blobs,
    /// How its registry works. `part_size` must be the one that the blobs were opened with.
    pub options: Options,
    /// How many parts of one upload its blobs send at once.
    pub parts_in_flight: u8,
    /// How many bytes its uploads may hold in memory, all together.
    pub upload_bytes: u64,
    /// What stands before the path in a `Location`, such as `https://registry.example.com`. Default: nothing, and clients
    /// take the host that they asked.
    pub location_base: Option<String>,
}

/// A registry of one tenant.
pub struct Tenant {
    name: String,
    registry: Registry<TenantPorts>,
    room: UploadRoom,
    location_base: Option<String>,
    blobs: Blobs,
}

impl Tenant {
    /// Sends nothing.
    pub fn new(settings: TenantSettings, environment: Environment) -> Self {
        let TenantSettings { name, blobs, options, parts_in_flight, upload_bytes, location_base } = settings;
        let room = UploadRoom::new(upload_bytes, options.part_size as u64, parts_in_flight);
        let ports = TenantPorts::new(Driver::new(blobs.clone()), environment);
        Self { name, registry: Registry::new(ports, options), room, location_base, blobs }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its registry.
    pub fn registry(&self) -> &Registry<TenantPorts> {
        &self.registry
    }

    /// Its blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    pub(crate) fn room(&self) -> &UploadRoom {
        &self.room
    }

    pub(crate) fn location_base(&self) -> Option<&str> {
        self.location_base.as_deref()
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The tenants of a server.
#[derive(Clone, Debug)]
pub struct Tenants {
    all: Vec<Arc<Tenant>>,
}

impl Tenants {
    /// One, to which every request goes.
    pub fn one(tenant: Tenant) -> Self {
        Self { all: vec![Arc::new(tenant)] }
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Tenant>] {
        &self.all
    }

    /// The one that a request is for.
    pub(crate) fn of_request(&self) -> Option<&Arc<Tenant>> {
        self.all.first()
    }
}
