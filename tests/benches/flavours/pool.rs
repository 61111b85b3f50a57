//! Warm instances of the component of WASI 0.2, in an engine of their own that has no support for concurrent calls. One call is in
//! an instance at a time, so there are as many instances as there were calls in flight.
//!
//! The engine is set up as the library's, and requests go out by the library's connections, allow-list and limits. What the
//! library does for a call beside that (its queue, its deadline, its records) is not here.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ossicle::{Addressing, Config, Credentials, Endpoint, EngineOptions, Limits, Tenant};
use ossicle_peers::{Job, Peer, Problem, Source};
use ossicle_tests::p2::{Client, Imports, Linked, cert_storage, types};
use wasmtime::component::ResourceAny;
use wasmtime::{Engine, Store};

/// As in the library.
const TICK: Duration = Duration::from_millis(10);

pub struct Pool(Arc<Shared>);

struct Shared {
    component: Linked,
    exports: cert_storage::GuestIndices,
    config: types::Config,
    client: Client,
    idle: Mutex<Vec<Warm>>,
    /// As the library has it.
    _blobs: Linked,
    /// Whose connections those of the client are.
    _tenant: Tenant,
}

/// An instance with an open storage.
struct Warm {
    store: Store<Imports>,
    exports: cert_storage::Guest,
    storage: ResourceAny,
}

fn engine(cache: &Path) -> Result<Engine, Problem> {
    let mut config = EngineOptions::new().cache(cache).wasmtime()?;
    config.concurrency_support(false);
    Ok(Engine::new(&config)?)
}

fn components(engine: &Engine) -> [Linked; 2] {
    [ossicle_component::CERTIFICATES_P2, ossicle_component::BLOBS_P2].map(|component| Linked::new(engine, component))
}

/// Compiles the components into the cache.
pub fn compile(cache: &Path) -> Result<(), Problem> {
    components(&engine(cache)?);
    Ok(())
}

impl Pool {
    pub async fn new(job: &Job) -> Result<Self, Problem> {
        let engine = engine(&job.cache)?;
        let ticked = engine.weak();
        std::thread::spawn(move || {
            while let Some(engine) = ticked.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        });
        let [component, blobs] = components(&engine);
        let exports = cert_storage::GuestIndices::new(component.pre())?;
        let tenant = tenant(job)?;
        let client = Client::Pooled(tenant.pooled_client());
        let idle = Mutex::default();
        Ok(Self(Arc::new(Shared {
            component,
            exports,
            config: config(job),
            client,
            idle,
            _blobs: blobs,
            _tenant: tenant,
        })))
    }
}

impl Shared {
    /// The instance that was used last, or else a fresh one.
    async fn take(&self) -> Result<Warm, Problem> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(warm) => Ok(warm),
            None => self.start().await,
        }
    }

    fn give_back(&self, warm: Warm) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(warm);
    }

    async fn start(&self) -> Result<Warm, Problem> {
        let mut store = self.component.store(self.client.clone());
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let instance = self.component.pre().instantiate_async(&mut store).await?;
        let exports = self.exports.load(&mut store, &instance)?;
        let options = cert_storage::CertOptions { encryption: None, storage_class: None, server_side_encryption: None };
        let opened = exports.storage().call_open(&mut store, &self.config, &options, None).await?;
        let storage = opened.map_err(problem)?;
        Ok(Warm { store, exports, storage })
    }
}

fn problem(error: types::Error) -> Problem {
    error.message.into()
}

/// Makes a call in a task of its own, so that an instance is whole again whatever becomes of the caller.
macro_rules! call {
    ($pool:expr, $call:ident($($argument:expr),*)) => {{
        let pool = Arc::clone(&$pool.0);
        tokio::spawn(async move {
            let mut warm = pool.take().await?;
            let Warm { store, exports, storage } = &mut warm;
            let result = exports.storage().$call(store, *storage $(, $argument)*).await?;
            pool.give_back(warm);
            result.map_err(problem)
        })
        .await?
    }};
}

impl Peer for Pool {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Problem> {
        let name = name.to_owned();
        call!(self, call_store(&name, &bytes))
    }

    async fn get(&self, name: &str) -> Result<u64, Problem> {
        let name = name.to_owned();
        let loaded: Result<_, Problem> = call!(self, call_load(&name));
        Ok(loaded?.len() as u64)
    }

    async fn head(&self, name: &str) -> Result<u64, Problem> {
        let name = name.to_owned();
        let looked: Result<_, Problem> = call!(self, call_stat(&name));
        Ok(looked?.size)
    }

    async fn list(&self, _: &str) -> Result<usize, Problem> {
        Err("small objects alone are measured".into())
    }

    async fn upload(&self, _: &str, _: Source, _: usize) -> Result<(), Problem> {
        Err("small objects alone are measured".into())
    }

    async fn download(&self, _: &str) -> Result<u64, Problem> {
        Err("small objects alone are measured".into())
    }
}

/// The tenant whose connections are used.
fn tenant(job: &Job) -> Result<Tenant, Problem> {
    let options = EngineOptions::new().resolve(&job.bucket_host(), job.address.port(), job.address);
    let engine = ossicle::Engine::with_components([], options)?;
    let config = Config::new(&job.bucket, &job.region, Credentials::new("unused", "unused"));
    let config = config.endpoint(Endpoint::custom(job.endpoint())).addressing(Addressing::VirtualHosted);
    Ok(engine.tenant("bench", config, Limits::default())?)
}

fn config(job: &Job) -> types::Config {
    types::Config {
        bucket: job.bucket.clone(),
        region: job.region.clone(),
        endpoint: Some(types::Endpoint::Custom(job.endpoint())),
        addressing: Some(types::Addressing::VirtualHosted),
        secure: None,
        root: None,
        signature: None,
        credentials: types::CredentialSource::Fixed(types::Credentials {
            access_key_id: job.access_key_id.clone(),
            access_key_secret: job.access_key_secret.clone(),
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: types::Timeouts { connect: None, first_byte: None, between_bytes: None, operation: None },
        attempts: None,
        acl: None,
    }
}
