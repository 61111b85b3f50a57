//! The engine: the components compiled once, and what all tenants share.

pub(crate) mod client;
mod generation;
pub(crate) mod heads;
mod options;
mod pressure;
mod runtime;
mod ticker;

use generation::Generations;
pub(crate) use generation::{Generation, Interface};
pub use options::{Allocation, EngineOptions};
pub(crate) use pressure::Pressure;

use crate::blobs::Blobs;
use crate::config::{BlobSource, Config, Policy, Purpose};
use crate::egress::{Bindings, Destination, Proxies, Proxy, Resolver, Trust};
use crate::error::{ConfigProblem, Error};
use crate::limits::Limits;
use crate::tenant::Tenant;
use runtime::Runtime;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    /// How many instances may be alive.
    room: Option<Arc<Semaphore>>,
    /// Rung when one is wanted and there is no room, so that an idle one goes.
    pressure: Arc<Pressure>,
    trust: Trust,
    bindings: Arc<Bindings>,
    proxies: Proxies,
    resolver: Resolver,
    policy: Policy,
}

impl Engine {
    /// An engine with the components that come with this library.
    ///
    /// Compiles them, which takes a core about a second, or reads them from the cache of
    /// [`EngineOptions::cache`]: not a thing to do in an asynchronous task.
    ///
    /// Fails with [`Error::Engine`] or [`Error::Component`].
    pub fn new(options: EngineOptions) -> Result<Self, Error> {
        Self::with_components([ossicle_component::CERTIFICATES, ossicle_component::BLOBS], options)
    }

    /// An engine with other components, each of the world `ossicle:storage/certificates`, `ossicle:storage/blobs` or
    /// `ossicle:storage/ossicle`, which is both. Of two that export the same interface it has the latter.
    ///
    /// Fails with [`Error::Component`] when one exports neither `cert-storage` nor `blob-driver` or wants to import anything
    /// but `wasi:http`, `wasi:clocks` and `wasi:random`, and as [`Engine::new`].
    pub fn with_components<'a>(
        components: impl IntoIterator<Item = &'a [u8]>,
        options: EngineOptions,
    ) -> Result<Self, Error> {
        let engine = wasmtime::Engine::new(&options.wasmtime()?);
        let engine = engine.map_err(|error| Error::Engine(format!("{error:#}{}", options.allocation.hint())))?;
        ticker::start(&engine)?;
        let made = Self(Arc::new(Shared {
            engine,
            generations: Generations::default(),
            next: AtomicU64::new(0),
            memory: options.allocation.memory(),
            room: options.allocation.instances().map(|count| Arc::new(Semaphore::new(count as usize))),
            pressure: Arc::default(),
            trust: Trust::new(options.trust),
            bindings: Arc::new(options.bindings),
            proxies: options.proxies,
            resolver: Resolver::new()?,
            policy: options.policy,
            runtime: Runtime::new(options.runtime)?,
        }));
        components.into_iter().try_for_each(|component| made.reload(component))?;
        Ok(made)
    }

    /// A tenant with this name, which logs show, config and limits. Sends nothing and starts nothing.
    ///
    /// Fails with [`Error::Config`] when the config can't name one endpoint for certain or the limits allow more memory
    /// than an instance of the pool can have, and with [`Error::Engine`] when HTTPS is wanted and no certificate authority
    /// can be trusted, and with [`Error::Component`] when no component of the engine exports `cert-storage`.
    pub fn tenant(&self, name: &str, config: Config, limits: Limits) -> Result<Tenant, Error> {
        self.new_tenant(name, config, Purpose::Certificates, limits)
    }

    /// A tenant for the blobs of a registry, with this name, which logs show, and limits: by a [`Config`], by one with
    /// [`BlobOptions`](crate::BlobOptions), or by the [`Parameters`](crate::Parameters) of a registry's configuration.
    /// Sends nothing and starts nothing.
    ///
    /// Fails as [`Engine::tenant`] does, of `blob-driver`, and with [`Error::Config`] when the config has encryption, which is
    /// for certificates. What else is wrong with options or parameters, the first call says.
    pub fn blobs(&self, name: &str, source: impl Into<BlobSource>, mut limits: Limits) -> Result<Blobs, Error> {
        limits.response_bytes = u64::MAX;
        let (config, purpose) = source.into().purpose()?;
        Ok(Blobs::new(self.new_tenant(name, config, purpose, limits)?))
    }

    fn new_tenant(&self, name: &str, config: Config, purpose: Purpose, limits: Limits) -> Result<Tenant, Error> {
        if limits.memory > self.0.memory {
            let reason = format!("an instance of this engine has {} bytes at most", self.0.memory);
            return Err(ConfigProblem::new("limits.memory", reason).into());
        }
        self.0.policy.check(&config)?;
        self.0.generation(purpose.interface())?;
        Tenant::new(self, name, config, purpose, limits)
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

    pub(crate) fn pressure(&self) -> &Arc<Pressure> {
        &self.pressure
    }

    /// Room for one more instance. Asks an idle one to go where there is none.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(self.room.as_ref()?);
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = self.pressure.wait();
        room.acquire_owned().await.ok()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
