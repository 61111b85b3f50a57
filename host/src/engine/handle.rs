//! The engine.

use super::bounds::{Bounds, Shares};
use super::capacity::{Capacity, TURN};
use super::components::{Generation, Generations, Interface};
use super::options::EngineOptions;
use super::runtime::Runtime;
use super::ticker::{self, Activity};
use crate::config::Policy;
use crate::egress::{Bindings, Destination, Proxies, Proxy, Resolver, Trust};
use crate::engine_limits::EngineLimits;
use crate::error::{Error, SetupProblem};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The components, compiled and linked once, and what all tenants share. A clone is the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

pub(crate) struct Shared {
    engine: wasmtime::Engine,
    generations: Generations,
    next: AtomicU64,
    runtime: Runtime,
    /// The most memory that an instance can have.
    memory: usize,
    capacity: Arc<Capacity>,
    bounds: Bounds,
    limits: EngineLimits,
    trust: Trust,
    bindings: Arc<Bindings>,
    proxies: Proxies,
    resolver: Resolver,
    policy: Policy,
    activity: Activity,
}

impl Engine {
    /// An engine with the components that come with this library.
    ///
    /// Compiles them, which takes a core about a second, or reads them from the cache of
    /// [`EngineOptions::cache`]: not a thing to do in an asynchronous task.
    ///
    /// Fails with [`Error::Engine`] or [`Error::Component`], and with [`Error::Config`] where no tenant could do anything within
    /// the [`EngineLimits`].
    pub fn new(options: EngineOptions) -> Result<Self, Error> {
        Self::with_components([ossicle_component::CERTIFICATES, ossicle_component::BLOBS], options)
    }

    /// An engine with other components, each of the world `ossicle:storage/certificates`, `ossicle:storage/blobs` or
    /// `ossicle:storage/ossicle`, which is both. If two components export the same interface, the later one is used.
    ///
    /// Fails with [`Error::Component`] when one exports neither `cert-storage` nor `blob-driver` or wants to import anything
    /// but `wasi:http`, `wasi:clocks` and `wasi:random`, and as [`Engine::new`].
    pub fn with_components<'a>(
        components: impl IntoIterator<Item = &'a [u8]>,
        options: EngineOptions,
    ) -> Result<Self, Error> {
        options.limits.check()?;
        let engine = wasmtime::Engine::new(&options.wasmtime()?);
        let engine = engine.map_err(|error| {
            Error::Engine(SetupProblem::of(format!("{error:#}{}", options.allocation.hint()), error))
        })?;
        let activity = ticker::start(&engine)?;
        let runtime = Runtime::new(options.runtime.clone())?;
        let bounds = Bounds::new(&options.limits, runtime.handle().metrics().num_workers());
        let made = Self(Arc::new(Shared {
            engine,
            generations: Generations::default(),
            next: AtomicU64::new(0),
            memory: options.allocation.memory(),
            capacity: Arc::new(Capacity::new(options.instances(), options.limits.turn.unwrap_or(TURN))),
            trust: Trust::new(options.trust),
            bindings: Arc::new(options.bindings),
            proxies: options.proxies,
            resolver: Resolver::new(bounds.lookups())?,
            bounds,
            limits: options.limits,
            policy: options.policy,
            runtime,
            activity,
        }));
        components.into_iter().try_for_each(|component| made.reload(component))?;
        Ok(made)
    }

    /// Has calls from now on run in another component, as far as it exports what they need: `cert-storage`, `blob-driver` or
    /// both. Calls in flight end in the one they began in.
    ///
    /// Fails with [`Error::Component`] as [`Engine::with_components`] does, and when a function of the contract is missing; then
    /// everything stays as it is. That a function has other types shows when an instance starts: each call fails with
    /// [`Error::Component`] until another component is loaded.
    pub fn reload(&self, component: &[u8]) -> Result<(), Error> {
        let number = self.0.next.fetch_add(1, Relaxed);
        self.0.generations.compile(&self.0.engine, component, number)
    }

    /// What all tenants may take together, as far as the options said it.
    pub fn limits(&self) -> &EngineLimits {
        &self.0.limits
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Shared {
    pub(crate) fn generation(&self, interface: Interface) -> Result<Arc<Generation>, Error> {
        self.generations.present(interface)
    }

    pub(crate) fn runtime(&self) -> &tokio::runtime::Handle {
        self.runtime.handle()
    }

    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(crate) fn bindings(&self) -> Arc<Bindings> {
        Arc::clone(&self.bindings)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The proxy before a place, if there is one.
    pub(crate) fn proxy(&self, destination: &Destination) -> Option<Proxy> {
        let is_bound = self.bindings.contains_key(&(destination.origin.host.clone(), destination.origin.port));
        if is_bound { None } else { self.proxies.before(&destination.origin, destination.reach) }
    }

    pub(crate) fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    pub(crate) fn capacity(&self) -> &Arc<Capacity> {
        &self.capacity
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// One more tenant's shares in what all of them may have together.
    pub(crate) fn shares(&self) -> Shares {
        self.bounds.shares()
    }

    /// The most memory that an instance can have.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
