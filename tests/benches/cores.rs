//! How the calls of one tenant scale by processors, on a machine that has fewer of them: loads of 2 KiB, 64 and 512 in flight, on
//! a runtime of 1, 2, 4 and 8 threads and as many instances ([`Limits::instances`]), or four times as many. Each thread has an
//! eighth of a processor's time, so that all eight together take one and the emulator, a process of its own, has the rest.
//!
//! What it shows is what threads have in common: locks, queues, one that waits for what another one does. What it does not show
//! is what real processors have in common, caches and memory. A thread that has had its share stops for 9 ms wherever it is, with
//! an instance for instance, or as the one that looks for what the network has brought, so that the curve is lower than that of
//! processors: what threads do to one another by more work shows in the processor time of a call. With more instances than
//! threads, those that go on have others to go on with.
//!
//! Each ratio is the median over rounds in which all were measured one after the other, another one first each time.
//!
//! `cargo bench -p ossicle-tests --bench cores`, as a user that may write to the control groups of Linux (version 1 of their
//! controller `cpu`, which takes single threads from anywhere).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use ossicle::{Certificates, Config, Credentials, Engine, Limits, Tenant};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_tests::measure::{Sample, measure, median};
use ossicle_tests::{Apart, options, serve_apart};
use tokio::runtime::{self, Runtime};
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command.
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

const CORES: [usize; 4] = [1, 2, 4, 8];
const ROUNDS: usize = 7;
/// Calls in flight, and instances for each core. With few calls, a thread that could go on may have none to go on with, since all
/// of them wait for threads that have had their share; the same with instances.
const CASES: [(usize, usize); 3] = [(64, 1), (512, 1), (64, 4)];
/// About what a certificate with its chain has.
const SIZE: usize = 2048;
/// Of one core: on eight a round takes a second or two.
const CALLS: usize = 2500;

/// Microseconds of processor time that a core has of each [`PERIOD`]: an eighth, in which some twenty calls are made.
const QUOTA: u32 = 1250;
const PERIOD: u32 = 10_000;
/// Where Linux keeps the groups of the controller.
const GROUPS: &str = "/sys/fs/cgroup/cpu";

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") || serve_apart(emulator) {
        return;
    }
    let server = Apart::start("");
    println!(
        "in flight | instances per core | cores | calls a second | of one core's | per core | processor time of a call"
    );
    for (in_flight, instances) in CASES {
        let machines = CORES.map(|cores| Machine::new(cores, instances, in_flight, server.endpoint()));
        compare(&machines, in_flight, instances);
    }
}

fn compare(machines: &[Machine], in_flight: usize, instances: usize) {
    let mut rounds: Vec<[Sample; CORES.len()]> = Vec::new();
    for round in 0..ROUNDS {
        let mut samples = [Sample { seconds: 0.0, processor: 0.0 }; CORES.len()];
        for turn in 0..CORES.len() {
            let which = (round + turn) % CORES.len();
            samples[which] = machines[which].time(in_flight);
        }
        rounds.push(samples);
    }
    for (which, cores) in CORES.into_iter().enumerate() {
        let rate = median(rounds.iter().map(|samples| 1.0 / samples[which].seconds));
        let ratio = median(rounds.iter().map(|samples| samples[0].seconds / samples[which].seconds));
        let processor = median(rounds.iter().map(|samples| samples[which].processor * 1e6));
        let of_each = ratio / cores as f64;
        println!("{in_flight} | {instances} | {cores} | {rate:.0} | {ratio:.2} | {of_each:.2} | {processor:.1} µs");
    }
}

fn emulator(_: &str) -> Builder {
    Emulator::builder().access_key("id", "secret").bucket(BucketSpec::new("bucket"))
}

/// A tenant on a runtime of so many cores.
struct Machine {
    cores: usize,
    tenant: Tenant,
    runtime: Runtime,
    _groups: Groups,
}

impl Machine {
    fn new(cores: usize, instances: usize, in_flight: usize, endpoint: &str) -> Self {
        let groups = Groups::new(cores).expect("control groups of processor time (is this root, on Linux?)");
        let (paths, next) = (groups.0.clone(), AtomicUsize::new(0));
        let join = move || {
            // A runtime has other threads for what blocks, of which these calls need none.
            if let Some(group) = paths.get(next.fetch_add(1, Relaxed)) {
                // 0 is the thread that writes.
                fs::write(group.join("tasks"), "0").expect("a thread joins its group");
            }
        };
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(cores).on_thread_start(join).enable_all().build().expect("a runtime");
        let engine = Engine::new(options(runtime.handle())).expect("the components compile");
        let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret"));
        let config = config.endpoint(endpoint.parse().expect("an endpoint"));
        let tenant = engine.tenant("bench", config, Limits::default().instances(cores * instances)).expect("a tenant");
        runtime.block_on(tenant.certificates().store("k", vec![7; SIZE])).expect("a store");
        let machine = Self { cores, tenant, runtime, _groups: groups };
        // Until it has all its instances and connections.
        machine.time(in_flight);
        machine
    }

    /// What a call takes.
    fn time(&self, in_flight: usize) -> Sample {
        let calls = CALLS * self.cores;
        let left = Arc::new(AtomicUsize::new(calls));
        let run = || {
            let load = || self.runtime.spawn(load(self.tenant.certificates(), Arc::clone(&left)));
            let callers: Vec<_> = (0..in_flight).map(|_| load()).collect();
            callers.into_iter().for_each(|caller| self.runtime.block_on(caller).expect("a caller"));
        };
        measure(run).1.per(calls as f64)
    }
}

async fn load(certificates: Certificates, left: Arc<AtomicUsize>) {
    while left.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
        assert_eq!(certificates.load("k").await.expect("a load").len(), SIZE);
    }
}

/// Control groups of one thread each. Dropped, they are removed: their threads have to have ended.
struct Groups(Vec<PathBuf>);

impl Groups {
    fn new(cores: usize) -> io::Result<Self> {
        let mut groups = Self(Vec::new());
        for core in 0..cores {
            let group = Path::new(GROUPS).join(format!("ossicle-{}-{cores}-{core}", std::process::id()));
            fs::create_dir(&group)?;
            groups.0.push(group.clone());
            fs::write(group.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            fs::write(group.join("cpu.cfs_quota_us"), QUOTA.to_string())?;
        }
        Ok(groups)
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for group in &self.0 {
            if let Err(error) = fs::remove_dir(group) {
                eprintln!("{} is left: {error}", group.display());
            }
        }
    }
}
