//! A server over an emulator of its own.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use ossicle::{
    Allocation, BlobOptions, Blobs, Config, Credentials, Endpoint, Engine, EngineLimits, EngineOptions, Limits,
};
use ossicle_emulator::{BucketSpec, Emulator, Operation, RequestRecord};
use ossicle_service::registry::Options;
use ossicle_service::registry::gc::LOG;
use ossicle_service::{
    Collecting, Common, Environment, Purging, Registries, Server, ServerSettings, Tenant, TenantSettings, Tenants,
    TenantsFile, TlsFiles,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

const BUCKET: &str = "registry";
const REGION: &str = "cn-hangzhou";
pub const SECRET: &str = "canary-secret-7f3a";

/// The smallest part that OSS takes, so that uploads have several.
pub const SMALL_PART: usize = 100 << 10;
/// The usual part.
pub const PART: usize = 10 << 20;
const IN_FLIGHT: u8 = 2;

/// One engine for the whole test program. The component is compiled once.
static ENGINE: LazyLock<Engine> = LazyLock::new(own_engine);

/// An engine for one test, on a runtime that outlives the test's own.
pub fn own_engine() -> Engine {
    own_engine_within(EngineLimits::default())
}

/// As [`own_engine`], within these limits.
pub fn own_engine_within(limits: EngineLimits) -> Engine {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let program = std::env::current_exe().expect("a program");
    let cache = program.parent().expect("a folder").join("compiled-components");
    let options = EngineOptions::new().allocation(Allocation::OnDemand).runtime(runtime.handle().clone()).cache(cache);
    let options = options.limits(limits);
    let engine = Engine::new(options).expect("the component compiles");
    // It is never shut down: the process ends first.
    std::mem::forget(runtime);
    engine
}

/// An emulator with a bucket.
pub async fn emulator() -> Emulator {
    let bucket = BucketSpec::new(BUCKET).region(REGION);
    Emulator::builder().bucket(bucket).access_key("LTAI-test", SECRET).start().await.expect("the emulator starts")
}

/// The blobs of an emulator's bucket.
pub fn blobs(emulator: &Emulator, part_size: usize, limits: Limits) -> Blobs {
    let config = Config::new(BUCKET, REGION, Credentials::new("LTAI-test", SECRET));
    let config = config.endpoint(Endpoint::custom(emulator.endpoint()));
    let options = BlobOptions::new().part_size(part_size as u64).parts_in_flight(IN_FLIGHT);
    // The largest that there is: a layer is copied by one request.
    let options = options.copy_threshold((1 << 30) - 1);
    ENGINE.tenant("registry", config.blobs(options), limits).expect("a tenant").blobs()
}

pub fn options(part_size: usize) -> Options {
    Options {
        part_size,
        delete_enabled: true,
        mount_from_anywhere: true,
        ..Options::new("a secret that is long enough")
    }
}

pub fn environment() -> Environment {
    Environment::new().expect("random numbers")
}

/// An emulator with a bucket for each tenant, and a process that serves them. A tenant is its name and what the file of
/// tenants says of it, apart from its storage.
pub async fn serve_tenants(tenants: &[(&str, &str)]) -> (Emulator, Process) {
    let mut builder = Emulator::builder().access_key("LTAI-test", SECRET);
    for (name, _) in tenants {
        builder = builder.bucket(BucketSpec::new(*name).region(REGION));
    }
    let emulator = builder.start().await.expect("the emulator starts");
    let endpoint = emulator.endpoint();
    let file = tenants.iter().map(|(name, settings)| {
        format!(
            "[[tenant]]\nname = \"{name}\"\n{settings}\n[tenant.storage]\nbucket = \"{name}\"\nregion = \"{REGION}\"\n\
             endpoint = \"{endpoint}\"\ncredentials = {{ access-key-id = \"LTAI-test\", access-key-secret = \"{SECRET}\" }}\n"
        )
    });
    let file = TenantsFile::read(&file.collect::<String>()).expect("a file of tenants");
    let common = Common { secret: b"a secret that is long enough", environment: environment() };
    let tenants = file.open(engine(), common).expect("tenants");
    let process = Process::serve(tenants, ServerSettings::default(), None).await;
    (emulator, process)
}

/// The engine of all tests.
pub fn engine() -> &'static Engine {
    &ENGINE
}

/// A process that serves a registry.
pub struct Process {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Process {
    pub async fn start(emulator: &Emulator, options: Options) -> Self {
        Self::start_with(emulator, options, ServerSettings::default(), None).await
    }

    pub async fn start_with(
        emulator: &Emulator,
        options: Options,
        settings: ServerSettings,
        tls: Option<&TlsFiles>,
    ) -> Self {
        let tenant = Tenant::new(Self::tenant(emulator, options, settings.body_timeout), environment());
        Self::serve(Tenants::one(tenant), settings, tls).await
    }

    /// One that looks after its bucket too.
    pub async fn start_looking_after(
        emulator: &Emulator,
        options: Options,
        purging: Option<Purging>,
        collecting: Option<Collecting>,
    ) -> Self {
        let settings = ServerSettings::default();
        let tenant = Self::tenant(emulator, options, settings.body_timeout);
        let tenant = Tenant::new(TenantSettings { purging, collecting, ..tenant }, environment());
        Self::serve(Tenants::one(tenant), settings, None).await
    }

    pub fn tenant(emulator: &Emulator, options: Options, caller_timeout: Duration) -> TenantSettings {
        let limits = Limits::default().caller_timeout(caller_timeout);
        let blobs = blobs(emulator, options.part_size, limits);
        let upload_bytes = 224 << 20;
        TenantSettings {
            name: "default".to_owned(),
            access: ossicle_service::auth::Authenticator::open(),
            blobs,
            options,
            parts_in_flight: IN_FLIGHT,
            upload_bytes,
            location_base: None,
            purging: None,
            collecting: None,
        }
    }

    pub async fn serve(tenants: Tenants, settings: ServerSettings, tls: Option<&TlsFiles>) -> Self {
        Self::serve_registries(Registries::new(tenants, true), settings, tls).await
    }

    pub async fn serve_registries(registries: Registries, settings: ServerSettings, tls: Option<&TlsFiles>) -> Self {
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(address, tls, registries, settings).await.expect("a server");
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, stop, served }
    }

    pub fn client(&self) -> Client {
        Client(self.address)
    }

    /// Tells it to stop; the task ends when it has.
    pub fn stop(self) -> JoinHandle<()> {
        let _ = self.stop.send(());
        self.served
    }
}

/// A server over an emulator of its own.
pub struct World {
    pub emulator: Emulator,
    pub process: Process,
}

impl World {
    pub async fn new(part_size: usize) -> Self {
        let emulator = emulator().await;
        let process = Process::start(&emulator, options(part_size)).await;
        Self { emulator, process }
    }

    pub fn client(&self) -> Client {
        self.process.client()
    }

    /// How many requests were sent to OSS since this was asked before, apart from readings of the epoch log: one in half a
    /// minute, whatever is asked for.
    pub fn requests(&self) -> usize {
        self.operations().len()
    }

    /// Which operations those were.
    pub fn operations(&self) -> Vec<Operation> {
        let is_reading = |request: &RequestRecord| {
            request.operation == Operation::GetObject && request.key.as_deref() == Some(LOG.trim_start_matches('/'))
        };
        let requests = self.emulator.requests().into_iter().filter(|request| !is_reading(request));
        let operations = requests.map(|request| request.operation).collect();
        self.emulator.reset();
        operations
    }

    /// Waits until something holds, for a while.
    pub async fn until(&self, what: &str, mut holds: impl FnMut(&Emulator) -> bool) {
        for _ in 0..600 {
            if holds(&self.emulator) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{what}: not within 12 s");
    }
}
