//! How the calls of one tenant scale by the number of its instances ([`Limits::instances`]), on a runtime of as many threads as
//! the process may use processors: loads of 2 KiB, 1, 8, 32 and 64 in flight, answered as fast as can be and after 20 ms.
//!
//! What counts are the ratios to one instance: each is the median over rounds in which all were measured one after the other,
//! another one first each time. The emulator is a process of its own.
//!
//! `cargo bench -p ossicle-tests --bench instances`; on one processor: `taskset -c 0` before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ossicle::{Certificates, Config, Credentials, Engine, Limits, Tenant};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_tests::measure::{Sample, measure, median};
use ossicle_tests::{Apart, options, serve_apart};
use tokio::runtime::{self, Runtime};
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command.
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

const INSTANCES: [usize; 3] = [1, 2, 4];
const ROUNDS: usize = 7;
/// About what a certificate with its chain has.
const SIZE: usize = 2048;

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") || serve_apart(emulator) {
        return;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime");
    println!(
        "{threads} threads; calls a second, ratio to one instance, processor time of a call, instances, their memory"
    );
    for latency in [0, 20] {
        let server = Apart::start(&latency.to_string());
        for concurrency in [1, 8, 32, 64] {
            compare(&runtime, server.endpoint(), latency, concurrency);
        }
    }
}

/// Answers after so many milliseconds.
fn emulator(latency: &str) -> Builder {
    let latency = Duration::from_millis(latency.parse().expect("milliseconds"));
    Emulator::builder().access_key("id", "secret").bucket(BucketSpec::new("bucket")).latency(latency)
}

fn compare(runtime: &Runtime, endpoint: &str, latency: u64, concurrency: usize) {
    let engine = Engine::new(options(runtime.handle())).expect("the components compile");
    let tenants = INSTANCES.map(|instances| tenant(&engine, endpoint, Limits::default().instances(instances)));
    let calls = if latency > 0 { 50 * concurrency } else { 4000 + 150 * concurrency };
    for tenant in &tenants {
        runtime.block_on(tenant.certificates().store("k", vec![7; SIZE])).expect("a store");
        time(runtime, tenant, concurrency, calls);
    }
    let mut rounds: Vec<[Sample; INSTANCES.len()]> = Vec::new();
    for round in 0..ROUNDS {
        let mut samples = [Sample { seconds: 0.0, processor: 0.0 }; INSTANCES.len()];
        for turn in 0..INSTANCES.len() {
            let which = (round + turn) % INSTANCES.len();
            samples[which] = time(runtime, &tenants[which], concurrency, calls);
        }
        rounds.push(samples);
    }
    for (which, instances) in INSTANCES.into_iter().enumerate() {
        let rate = median(rounds.iter().map(|samples| 1.0 / samples[which].seconds));
        let ratio = median(rounds.iter().map(|samples| samples[0].seconds / samples[which].seconds));
        let processor = median(rounds.iter().map(|samples| samples[which].processor * 1e6));
        let now = tenants[which].metrics().now;
        print!("{latency:>2} ms, {concurrency:>2} in flight, up to {instances}: {rate:>8.0}/s {ratio:>6.2}");
        println!(" {processor:>7.1} µs {:>3} {:>6} KiB", now.instances, now.memory >> 10);
    }
}

fn tenant(engine: &Engine, endpoint: &str, limits: Limits) -> Tenant {
    let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret"));
    engine.tenant("bench", config.endpoint(endpoint.parse().expect("an endpoint")), limits).expect("a tenant")
}

/// What a call takes.
fn time(runtime: &Runtime, tenant: &Tenant, concurrency: usize, calls: usize) -> Sample {
    let left = Arc::new(AtomicUsize::new(calls));
    let run = || {
        let callers: Vec<_> =
            (0..concurrency).map(|_| runtime.spawn(load(tenant.certificates(), Arc::clone(&left)))).collect();
        callers.into_iter().for_each(|caller| runtime.block_on(caller).expect("a caller"));
    };
    measure(run).1.per(calls as f64)
}

async fn load(certificates: Certificates, left: Arc<AtomicUsize>) {
    while left.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
        assert_eq!(certificates.load("k").await.expect("a load").len(), SIZE);
    }
}
