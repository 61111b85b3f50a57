//! How a tenant is made: its config and limits are checked, and its connections prepared.

use super::handle::{Inner, Tenant};
use super::named_queues::NamedQueues;
use crate::call::Deadlines;
use crate::config::{Config, Purpose};
use crate::egress::{Connector, Destination, Egress, Names};
use crate::engine::Engine;
use crate::error::{ConfigProblem, Error};
use crate::instance::{Opening, Plan, Pool, Supplies};
use crate::limits::Limits;
use crate::metrics::Meter;
use std::sync::Arc;

impl Engine {
    /// A tenant with this name, which logs show, config and limits. Sends nothing and starts nothing.
    ///
    /// Fails with [`Error::Config`] when the config can't name one endpoint for certain or the limits allow more memory
    /// than an instance of the pool can have, and with [`Error::Engine`] when HTTPS is wanted and no certificate authority
    /// can be trusted, and with [`Error::Component`] when no component of the engine exports `cert-storage`.
    pub fn tenant(&self, name: &str, config: Config, limits: Limits) -> Result<Tenant, Error> {
        self.new_tenant(name, config, Purpose::Certificates, limits)
    }

    pub(crate) fn new_tenant(
        &self,
        name: &str,
        config: Config,
        purpose: Purpose,
        limits: Limits,
    ) -> Result<Tenant, Error> {
        let shared = self.shared();
        if limits.memory > shared.memory() {
            let reason = format!("an instance of this engine has {} bytes at most", shared.memory());
            return Err(ConfigProblem::new("limits.memory", reason).into());
        }
        shared.policy().check(&config)?;
        let opening = Opening { config, purpose };
        shared.generation(opening.interface())?;
        Tenant::new(self, name, opening, limits)
    }
}

impl Tenant {
    fn new(engine: &Engine, name: &str, opening: Opening, limits: Limits) -> Result<Self, Error> {
        let config = &opening.config;
        let origin = config.origin()?;
        let meter = Arc::new(Meter::default());
        let shared = engine.shared();
        let bucket = Destination { reach: origin.reach(&config.endpoint), origin, paths: None };
        let names = Names::new(shared.resolver().clone(), shared.bindings());
        let mut destinations = Vec::with_capacity(2);
        for destination in std::iter::once(bucket).chain(config.credentials.destinations()?) {
            let tls = if destination.origin.secure { Some(shared.trust().client()?) } else { None };
            let reach = shared.policy().narrow(destination.reach);
            let mut connector = Connector::new(reach, names.clone(), tls, Arc::clone(&meter));
            if let Some(proxy) = shared.proxy(&destination) {
                tracing::debug!(host = destination.origin.host, %proxy, "requests go through a proxy");
                let tls = if proxy.secure { Some(shared.trust().client()?) } else { None };
                connector = connector.through(proxy, tls);
            }
            destinations.push((destination, connector));
        }
        let egress = Egress::new(destinations, &limits, Arc::clone(&meter));
        let (name, limits) = (Arc::from(name), Arc::new(limits));
        let supplies = Arc::new(Supplies::new(&config.credentials));
        let plan = Plan { engine: Arc::clone(shared), egress, limits, meter, supplies, opening, tenant: name };
        let pool = Pool::new(plan, Deadlines::new(shared.runtime().clone()));
        let inner = Inner { engine: engine.clone(), lock_queues: NamedQueues::default(), pool };
        Ok(Self { inner: Arc::new(inner) })
    }
}
