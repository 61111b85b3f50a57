//! A registry of one tenant, as the server has it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ossicle::Blobs;
use ossicle_registry::ports::Ports;
use ossicle_registry::{Options, Registry, first_part_of_name};

use crate::auth::Authenticator;
use crate::environment::Environment;
use crate::ports::TenantPorts;
use crate::room::UploadRoom;
use crate::storage::Driver;
use crate::upkeep::{Collecting, Purging, UpkeepCounters};

/// What a tenant is made of.
#[derive(Debug)]
pub struct TenantSettings {
    /// Its name, as metrics and logs have it.
    pub name: String,
    /// Its blobs.
    pub blobs: Blobs,
    /// Who may do what.
    pub access: Authenticator,
    /// How its registry works. `part_size` must be the one that the blobs were opened with.
    pub options: Options,
    /// How many parts of one upload its blobs send at once.
    pub parts_in_flight: u8,
    /// How many bytes its uploads may hold in memory, all together.
    pub upload_bytes: u64,
    /// What stands before the path in a `Location`, such as `https://registry.example.com`. Default: nothing, and clients
    /// take the host that they asked.
    pub location_base: Option<String>,
    /// Removes uploads that nobody finished, beside the requests; `None` to leave them, as a read-only registry should.
    pub purging: Option<Purging>,
    /// Deletes what no manifest names, beside the requests; `None` to leave that to who asks for it, as a read-only registry and
    /// one beside which another program writes to the bucket must.
    pub collecting: Option<Collecting>,
}

/// A registry of one tenant.
pub struct Tenant {
    name: String,
    registry: Registry<TenantPorts>,
    room: UploadRoom,
    location_base: Option<String>,
    purging: Option<Purging>,
    collecting: Option<Collecting>,
    upkeep: UpkeepCounters,
    blobs: Blobs,
    /// Whether it asks anybody for credentials.
    asks: bool,
}

impl Tenant {
    /// Sends nothing.
    pub fn new(settings: TenantSettings, environment: Environment) -> Self {
        let TenantSettings {
            name,
            blobs,
            access,
            options,
            parts_in_flight,
            upload_bytes,
            location_base,
            purging,
            collecting,
        } = settings;
        let room = UploadRoom::new(upload_bytes, options.part_size as u64, parts_in_flight);
        let asks = !access.is_open();
        let upkeep = UpkeepCounters::default();
        let ports = TenantPorts::new(Driver::new(blobs.clone()), environment, access);
        let registry = Registry::new(ports, options);
        Self { name, registry, room, location_base, purging, collecting, upkeep, blobs, asks }
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

    pub(crate) fn purging(&self) -> Option<&Purging> {
        self.purging.as_ref()
    }

    /// Where its clients get tokens, if it takes tokens.
    pub(crate) fn token_realm(&self) -> Option<&str> {
        self.registry.ports().access().token_realm()
    }

    pub(crate) fn collecting(&self) -> Option<&Collecting> {
        self.collecting.as_ref()
    }

    /// What came of looking after its bucket.
    pub(crate) fn upkeep(&self) -> &UpkeepCounters {
        &self.upkeep
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

/// By what a tenant is reached. By nothing: it gets what leads to no other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Names of hosts, without a port.
    pub hosts: Vec<String>,
    /// The first part of its repositories' names, on hosts that are no tenant's.
    pub path: Option<String>,
}

/// The tenants of a server. Each has its own bucket: nothing of one, such as a mount of a blob, leads into another.
#[derive(Clone, Debug, Default)]
pub struct Tenants {
    all: Vec<Arc<Tenant>>,
    hosts: BTreeMap<String, Arc<Tenant>>,
    paths: BTreeMap<String, Arc<Tenant>>,
    other: Option<Arc<Tenant>>,
}

/// Which tenant a request is for.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// This one.
    Tenant(Arc<Tenant>),
    /// Any of those that share a host and ask for credentials: the request names no repository.
    Shared(Vec<Arc<Tenant>>),
    /// None.
    Nobody,
}

impl Tenants {
    /// These. Of two that are reached by the same, the later one is.
    pub fn new(tenants: Vec<(Reach, Tenant)>) -> Self {
        let mut found = Self::default();
        for (Reach { hosts, path }, tenant) in tenants {
            let tenant = Arc::new(tenant);
            if hosts.is_empty() && path.is_none() {
                found.other = Some(tenant.clone());
            }
            for host in hosts {
                found.hosts.insert(host.to_ascii_lowercase(), tenant.clone());
            }
            if let Some(path) = path {
                found.paths.insert(path, tenant.clone());
            }
            found.all.push(tenant);
        }
        found
    }

    /// One, to which every request goes.
    pub fn one(tenant: Tenant) -> Self {
        Self::new(vec![(Reach::default(), tenant)])
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Tenant>] {
        &self.all
    }

    /// The one that a request is for, by the host that it names and its path.
    pub(crate) fn choose(&self, host: Option<&str>, path: &str) -> Choice {
        let host = host.map(|host| without_port(host).to_ascii_lowercase());
        if let Some(tenant) = host.and_then(|host| self.hosts.get(&host)) {
            return Choice::Tenant(tenant.clone());
        }
        let Some(first) = first_part_of_name(path) else { return self.choose_any() };
        let found = self.paths.get(&first).or(self.other.as_ref());
        found.map_or(Choice::Nobody, |tenant| Choice::Tenant(tenant.clone()))
    }

    /// Those that share the hosts that are no tenant's. Those that ask nobody for credentials have no say if others ask: with
    /// them any credentials would do.
    fn choose_any(&self) -> Choice {
        let shared = || self.paths.values().chain(&self.other);
        let asking: Vec<&Arc<Tenant>> = shared().filter(|tenant| tenant.asks).collect();
        match asking.as_slice() {
            [] => shared().next().map_or(Choice::Nobody, |tenant| Choice::Tenant(tenant.clone())),
            [tenant] => Choice::Tenant((*tenant).clone()),
            several => Choice::Shared(several.iter().map(|tenant| (*tenant).clone()).collect()),
        }
    }
}

/// The host of an authority: `registry.example.com:5000`, `[::1]:5000`.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
