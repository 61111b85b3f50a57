//! A tenant, as the server has it.

use std::fmt;
use std::sync::Arc;

use ossicle_api::Api;

use crate::api_ports::BucketPorts;

/// A tenant, as the server has it.
pub(crate) struct ServedTenant {
    name: Arc<str>,
    api: Api<BucketPorts>,
    library: ossicle::Tenant,
}

impl ServedTenant {
    pub(super) fn new(name: &str, library: ossicle::Tenant) -> Self {
        Self { name: Arc::from(name), api: Api::new(BucketPorts::new(&library)), library }
    }

    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub fn api(&self) -> &Api<BucketPorts> {
        &self.api
    }

    /// The library's tenant.
    pub fn library(&self) -> &ossicle::Tenant {
        &self.library
    }
}

impl fmt::Debug for ServedTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedTenant").field("name", &self.name).finish_non_exhaustive()
    }
}
