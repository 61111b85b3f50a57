//! How the calls of one tenant scale by processors, on a machine that has fewer of them: loads of 2 KiB, 64 and 512 in flight, on
//! a runtime of 1, 2, 4 and 8 threads and as many instances ([`Limits::instances`]), or four times as many. Each thread has an
//! eighth of a processor's time, so that all eight together take one and the emulator, a process of its own, has the rest.
//!
//! What it shows is what threads have in common: locks, queues, one that waits for what another one does. What it does not show
//! is what real processors have in common, caches and memory. A thread that has had its share stops for 9 ms wherever it is, with
//! an instance or a lock, or as the one that looks for what the network has brought, so that the curve is lower than that of
//! processors. How much lower, plain requests on such threads show, with as much work for each; and what threads do to one another
//! by more work, the processor time of a call.
//!
//! Each ratio is the median over rounds in which all were measured one after the other, another one first each time.
//!
//! `cargo bench -p ossicle-tests --bench cores`, as a user that may write to the control groups of Linux (version 1 of their
//! controller `cpu`, which takes single threads from anywhere).

mod groups;
mod plain;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use groups::Groups;
use ossicle::{Certificates, Config, Credentials, Engine, Limits};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_tests::measure::{Sample, measure, median};
use ossicle_tests::{Apart, options, serve_apart};
use plain::Request;
use tokio::runtime::{self, Runtime};
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command.
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

const CORES: [usize; 4] = [1, 2, 4, 8];
const ROUNDS: usize = 7;
/// How many in flight, and of what. With few calls or instances, a thread that could go on may have none to go on with, since all of
/// them wait for threads that have had their share.
const CASES: [(usize, Kind); 4] = [
    (64, Kind::Calls { instances: 1 }),
    (512, Kind::Calls { instances: 1 }),
    (64, Kind::Calls { instances: 4 }),
    (64, Kind::Requests),
];
/// About what a certificate with its chain has.
const SIZE: usize = 2048;
/// Of one core: on eight a round takes a second or two.
const CALLS: usize = 2500;

/// What is done.
#[derive(Clone, Copy)]
enum Kind {
    /// Calls of a tenant with so many instances for each core.
    Calls { instances: usize },
    /// Requests without any component, with as much work.
    Requests,
}

impl Kind {
    fn label(self) -> String {
        match self {
            Self::Calls { instances } => format!("calls, {instances} instances per core"),
            Self::Requests => "plain requests".to_owned(),
        }
    }
}

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") || serve_apart(emulator) {
        return;
    }
    let server = Apart::start("");
    println!("in flight | what | cores | calls a second | of one core's | per core | processor time of a call");
    for (in_flight, kind) in CASES {
        let machines = CORES.map(|cores| Machine::new(cores, kind, in_flight, server.endpoint()));
        compare(&machines, in_flight, &kind.label());
    }
}

fn compare(machines: &[Machine], in_flight: usize, what: &str) {
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
        println!("{in_flight} | {what} | {cores} | {rate:.0} | {ratio:.2} | {of_each:.2} | {processor:.1} µs");
    }
}

fn emulator(_: &str) -> Builder {
    Emulator::builder().access_key("id", "secret").bucket(BucketSpec::new("bucket"))
}

/// A runtime of so many cores, and what is done on it.
struct Machine {
    cores: usize,
    work: Work,
    runtime: Runtime,
    _groups: Groups,
}

#[derive(Clone)]
enum Work {
    Calls(Certificates),
    Requests(Request),
}

impl Machine {
    fn new(cores: usize, kind: Kind, in_flight: usize, endpoint: &str) -> Self {
        let groups = Groups::new(cores).expect("control groups of processor time (is this root, on Linux?)");
        let builder = &mut runtime::Builder::new_multi_thread();
        let builder = builder.worker_threads(cores).on_thread_start(groups.joining());
        let runtime = builder.enable_all().build().expect("a runtime");
        let engine = Engine::new(options(runtime.handle())).expect("the components compile");
        let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret"));
        let config = config.endpoint(endpoint.parse().expect("an endpoint"));
        let instances = if let Kind::Calls { instances } = kind { cores * instances } else { 1 };
        let limits = Limits::default().instances(instances);
        let tenant = engine.tenant("bench", config, limits).expect("a tenant");
        runtime.block_on(tenant.certificates().store("k", vec![7; SIZE])).expect("a store");
        let work = match kind {
            Kind::Calls { .. } => Work::Calls(tenant.certificates()),
            Kind::Requests => Work::Requests(runtime.block_on(Request::new(&tenant, "/k", SIZE))),
        };
        let machine = Self { cores, work, runtime, _groups: groups };
        // Until it has all its instances and connections.
        machine.time(in_flight);
        machine
    }

    /// What a call or a request takes.
    fn time(&self, in_flight: usize) -> Sample {
        let count = CALLS * self.cores;
        let left = Arc::new(AtomicUsize::new(count));
        let run = || {
            let worker = || self.runtime.spawn(self.work.clone().run(Arc::clone(&left)));
            let workers: Vec<_> = (0..in_flight).map(|_| worker()).collect();
            workers.into_iter().for_each(|worker| self.runtime.block_on(worker).expect("a worker"));
        };
        measure(run).1.per(count as f64)
    }
}

impl Work {
    /// One after the other, until none is left.
    async fn run(self, left: Arc<AtomicUsize>) {
        let next = || left.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        match self {
            Self::Calls(certificates) => {
                while next() {
                    assert_eq!(certificates.load("k").await.expect("a load").len(), SIZE);
                }
            }
            Self::Requests(request) => {
                let mut connection = request.connect().await;
                while next() {
                    connection.ask().await;
                }
            }
        }
    }
}
