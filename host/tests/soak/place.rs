//! The emulator, two engines on one runtime, one of them with a hostile component, and their tenants.

use crate::load::Chance;
use crate::{faults, load};
use futures_util::StreamExt;
use ossicle::{
    BlobOptions, Config, Credentials, Engine, EngineOptions, Limits, LockOptions, Tenant, Tenants, Timeouts,
};
use ossicle_emulator::{BucketSpec, Emulator};
use ossicle_fixtures::{Counting, HOSTILE};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

const BUCKET: &str = "bucket";
/// In which everything that is over has ended, on a busy machine: the last is a release after a write that nobody heard of, which
/// waits for the end of its lease.
const SOON: Duration = Duration::from_secs(240);

/// What is left when everything is over.
#[derive(Debug)]
pub(crate) struct Rest {
    number: usize,
    pub(crate) calls: u64,
    /// Bytes that are allocated.
    pub(crate) memory: usize,
    /// Files that are open, and sockets.
    pub(crate) files: usize,
    /// Instances that were started until now.
    instances: u64,
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, calls, memory, files, instances } = self;
        let memory = memory / 1024;
        write!(f, "round {number}: {calls} calls, {instances} instances so far; left: {memory} KiB, {files} files")
    }
}

pub(crate) struct Place {
    /// The emulator's, whose tasks and memory are not counted.
    servers: Runtime,
    emulator: Arc<Emulator>,
    runtime: Runtime,
    engine: Engine,
    tenant: Tenant,
    tenants: Tenants,
    hostile_engine: Engine,
    hostile: Tenant,
}

/// Instances go soon, so that there are none between two rounds, and so do connections and what waits for the time of calls to
/// be over.
pub(crate) fn limits() -> Limits {
    let soon = Duration::from_millis(300);
    Limits::default().idle(soon).idle_connection(soon).call_timeout(Duration::from_secs(4))
}

fn config(emulator: &Emulator) -> Config {
    let timeouts = Timeouts::new().first_byte(Duration::from_secs(1)).operation(Duration::from_secs(3));
    let config = Config::new(BUCKET, "cn-hangzhou", Credentials::new("id", "very-secret")).timeouts(timeouts);
    // The shortest there is.
    let config = config.locks(LockOptions::new().lease(Duration::from_secs(15)));
    config.endpoint(emulator.endpoint().parse().unwrap())
}

impl Place {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut servers = Builder::new_multi_thread();
        let servers = servers.worker_threads(2).on_thread_start(Counting::exempt_thread).enable_all().build().unwrap();
        // It closes connections that are idle, as OSS does, though sooner.
        let builder = Emulator::builder().bucket(BucketSpec::new(BUCKET)).access_key("id", "very-secret");
        let builder = builder.header_timeout(Duration::from_secs(1)).body_timeout(Duration::from_secs(2));
        let emulator = Arc::new(servers.block_on(servers.spawn(builder.start())).unwrap().unwrap());
        let options = || EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).runtime(runtime.handle().clone());
        let engine = Engine::new(options()).unwrap();
        let hostile_engine = Engine::with_components([HOSTILE], options()).unwrap();
        let blobs = BlobOptions::new().part_size(100 << 10);
        let tenant = engine.tenant("host", config(&emulator).blobs(blobs), limits().instances(2)).unwrap();
        let strict = limits().cpu(Duration::from_millis(100)).memory(16 << 20).call_timeout(Duration::from_millis(500));
        let hostile = hostile_engine.tenant("hostile", config(&emulator), strict).unwrap();
        let tenants = Tenants::new(engine.clone());
        Self { servers, emulator, runtime, engine, tenant, tenants, hostile_engine, hostile }
    }

    /// Has everybody work for so long, and tells what is left then.
    pub(crate) fn round(&self, number: usize, length: Duration) -> Rest {
        let calls = Arc::new(AtomicU64::new(0));
        let mut chance = Chance(number as u64);
        let faults = faults::happen(Arc::clone(&self.emulator), chance.apart());
        let mut apart = || chance.apart();
        let counted: &AtomicU64 = &calls;
        let (tenant, emulator) = (&self.tenant, &self.emulator);
        let bucket = format!("{}/{BUCKET}", emulator.endpoint());
        let work = async {
            tokio::join!(
                load::certificates(tenant.certificates(), counted, apart()),
                load::certificates(tenant.certificates(), counted, apart()),
                load::certificates(tenant.certificates(), counted, apart()),
                load::locks(tenant.clone(), counted, apart()),
                load::locks(tenant.clone(), counted, apart()),
                load::blobs(tenant.blobs(), counted, apart()),
                load::blobs(tenant.blobs(), counted, apart()),
                load::churn(self.tenants.clone(), config(emulator), counted, apart()),
                load::misbehaviour(self.hostile.certificates(), counted, apart(), bucket.clone()),
                load::misbehaviour(self.hostile.certificates(), counted, apart(), bucket.clone()),
            )
        };
        let faults = self.servers.spawn(faults);
        // All of them are given up in the middle of what they do.
        let over = self.runtime.block_on(async { tokio::time::timeout(length, work).await });
        assert!(over.is_err(), "they go on for ever");
        faults.abort();
        self.runtime.block_on(self.tidy());
        let left = self.wait();
        let instances = [&self.tenant, &self.hostile].map(|tenant| tenant.metrics().instances).into_iter().sum();
        Rest { number, calls: calls.load(Relaxed), memory: left, files: files(), instances }
    }

    /// Does something where the emulator is.
    async fn there<T: Send + 'static>(&self, act: impl FnOnce(&Emulator) -> T + Send + 'static) -> T {
        let emulator = Arc::clone(&self.emulator);
        self.servers.spawn(async move { act(&emulator) }).await.unwrap()
    }

    /// Takes away what stays in the bucket, and what the emulator noted.
    async fn tidy(&self) {
        self.there(|emulator| {
            emulator.faults().clear();
            emulator.set_latency(Duration::ZERO);
        })
        .await;
        for tenant in self.tenants.all() {
            drop(self.tenants.remove(tenant.name()));
        }
        let blobs = self.tenant.blobs();
        let begun = Instant::now();
        loop {
            // A call that was given up may still make one.
            let uploads: Vec<_> = match blobs.uploads("/", Duration::ZERO).await {
                Ok(uploads) => uploads.filter_map(|upload| async { upload.ok() }).collect().await,
                Err(_) => Vec::new(),
            };
            drop(blobs.remove_uploads(&uploads).await);
            let left = self.there(|emulator| {
                let bucket = emulator.bucket(BUCKET);
                bucket.keys().iter().for_each(|key| bucket.remove_raw(key));
                bucket.uploads().len()
            });
            let left = left.await;
            let now = [&self.tenant, &self.hostile].map(|tenant| tenant.metrics().now);
            if now.iter().all(|now| now.calls_running + now.streams_running == 0) && left == 0 {
                break;
            }
            assert!(begun.elapsed() < SOON, "{left} uploads, {now:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.there(Emulator::reset).await;
    }

    fn tasks(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }

    /// Waits until everything has ended. How much is allocated then.
    fn wait(&self) -> usize {
        let begun = Instant::now();
        let engines = [&self.engine, &self.hostile_engine];
        let mut before = 0;
        loop {
            std::thread::sleep(Duration::from_millis(300));
            let usage = engines.map(Engine::usage);
            let is_over = usage.iter().all(|usage| {
                usage.instances.used + usage.connections.used + usage.memory.used + usage.lookups.used == 0
            });
            let now = Counting::now();
            // A tenant's pool of connections has one for a while after the last of them, and memory for as long.
            let is_over = is_over && self.tasks() == 0;
            if is_over && now.abs_diff(before) < 4096 {
                return now;
            }
            assert!(begun.elapsed() < SOON, "{usage:?}, {} tasks", self.tasks());
            before = now;
        }
    }
}

fn files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
