//! How a tenant is made: its config and limits are checked, and its connections prepared.

use super::handle::{Inner, Tenant};
use crate::call::Deadlines;
use crate::config::{Config, TenantConfig};
use crate::egress::{Connections, Connector, Destination, Egress, Names};
use crate::engine::{Engine, Interface, Shared, Shares};
use crate::error::{ConfigProblem, Error};
use crate::instance::{CredentialUpdates, Plan, Pool, ResourceSpec};
use crate::limits::Limits;
use crate::metrics::Meter;
use std::sync::Arc;

impl Engine {
    /// A tenant with this name, which logs show, and limits: by a [`Config`], or by the
    /// [`Parameters`](crate::Parameters) of a registry's configuration. Sends nothing and starts nothing.
    ///
    /// Fails with [`Error::Config`] when the config can't name one endpoint for certain or the limits allow more memory
    /// than an instance of the pool can have, and with [`Error::Engine`] when HTTPS is wanted and no certificate authority
    /// can be trusted. What else is wrong with options or parameters, and that no component of the engine exports what a call
    /// needs, the first call says.
    pub fn tenant(&self, name: &str, config: impl Into<TenantConfig>, limits: Limits) -> Result<Tenant, Error> {
        self.new_tenant(name, config.into(), limits, None)
    }

    /// `former`: the tenant that it takes the place of.
    pub(crate) fn new_tenant(
        &self,
        name: &str,
        config: TenantConfig,
        limits: Limits,
        former: Option<&Tenant>,
    ) -> Result<Tenant, Error> {
        let (config, parameters) = config.into_parts()?;
        let shared = self.shared();
        if limits.memory > shared.memory() {
            let reason = format!("an instance of this engine has {} bytes at most", shared.memory());
            return Err(ConfigProblem::new("limits.memory", reason).into());
        }
        shared.policy().check(&config)?;
        // Writes of certificates under a lease run where the lock does.
        let locks = match shared.generation(Interface::CertStorage) {
            Ok(_) => Interface::CertStorage,
            Err(_) => Interface::BlobDriver,
        };
        Tenant::new(self, name, ResourceSpec { config, parameters, locks }, limits, former)
    }
}

impl Tenant {
    fn new(
        engine: &Engine,
        name: &str,
        resources: ResourceSpec,
        limits: Limits,
        former: Option<&Self>,
    ) -> Result<Self, Error> {
        let config = &resources.config;
        let shared = engine.shared();
        let bucket = Destination::bucket(config)?;
        let destinations: Vec<_> = std::iter::once(bucket).chain(config.credentials.destinations()?).collect();

        // What is counted under the name goes on being counted.
        let meter = former.map_or_else(Arc::default, |former| Arc::clone(&former.plan().meter));
        // What the former has still counts: it may be in use for a while.
        let shares = former.map_or_else(|| shared.shares(), |former| former.plan().shares.clone());
        let same_bucket = former.filter(|former| former.config().bucket == config.bucket);
        let present = same_bucket.map(|former| former.plan().egress.connections());
        let connections = match present.filter(|connections| connections.are_for(&destinations, &limits)) {
            Some(connections) => connections.clone(),
            None => connect(shared, destinations, &limits, &meter, &shares)?,
        };
        let egress = Egress::new(connections, &limits, Arc::clone(&meter));
        let same_place = same_bucket.filter(|former| former.is_at(config));
        let lock_queues = same_place.map_or_else(Arc::default, |former| Arc::clone(&former.inner.lock_queues));
        let supplies = same_place.filter(|former| former.config().credentials == config.credentials);
        let supplies = supplies.map(|former| Arc::clone(&former.plan().supplies));
        let supplies = supplies.unwrap_or_else(|| Arc::new(CredentialUpdates::new(&config.credentials)));

        let (name, limits) = (Arc::from(name), Arc::new(limits));
        let engine_shared = Arc::clone(shared);
        let plan = Plan { engine: engine_shared, egress, limits, meter, shares, supplies, resources, tenant: name };
        let pool = Pool::new(plan, Deadlines::new(shared.runtime().clone()));
        let inner = Inner { engine: engine.clone(), lock_queues, pool };
        Ok(Self::of(Arc::new(inner)))
    }

    /// Whether what it keeps is where a config would keep it.
    fn is_at(&self, config: &Config) -> bool {
        let own = self.config();
        let place = |config: &Config| (config.origin().ok(), config.locks.folder.clone());
        own.bucket == config.bucket && own.root == config.root && place(own) == place(config)
    }
}

/// The ways to these places, none of which has been gone yet.
fn connect(
    shared: &Shared,
    destinations: Vec<Destination>,
    limits: &Limits,
    meter: &Arc<Meter>,
    shares: &Shares,
) -> Result<Connections, Error> {
    let names = Names::new(shared.resolver().clone(), shares.lookups.clone(), shared.bindings());
    let connector = |destination: Destination| {
        let tls = if destination.origin.secure { Some(shared.trust().client()?) } else { None };
        let reach = shared.policy().narrow(destination.reach);
        let mut connector = Connector::new(reach, names.clone(), tls, Arc::clone(meter), shares.connections.clone());
        if let Some(proxy) = shared.proxy(&destination) {
            tracing::debug!(host = destination.origin.host, %proxy, "requests go through a proxy");
            let tls = if proxy.secure { Some(shared.trust().client()?) } else { None };
            connector = connector.through(proxy, tls);
        }
        Ok((destination, connector))
    };
    let ways: Result<Vec<_>, Error> = destinations.into_iter().map(connector).collect();
    Ok(Connections::new(ways?, limits))
}
