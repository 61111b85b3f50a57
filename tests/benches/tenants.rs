//! A thousand tenants of one engine with two threads, and a hundred of them at work: what each takes of memory, how much longer
//! the first call of a tenant takes than a later one, and how many calls a second there are, beside one tenant with as many
//! calls in flight.
//!
//! The emulator is a process of its own, over plain HTTP. Memory is what the allocator gave out and what the process has
//! resident, before and after, for each tenant.
//!
//! `cargo bench -p ossicle-tests --bench tenants`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ossicle::{Certificates, Config, Credentials, Engine, Limits, Tenant};
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_fixtures::Counting;
use ossicle_tests::measure::median;
use ossicle_tests::{Apart, options, serve_apart};
use tokio::runtime::{self, Runtime};

#[global_allocator]
static MEMORY: Counting = Counting;

const TENANTS: usize = 1000;
const ACTIVE: usize = 100;
/// Of each way to measure the rate.
const ROUNDS: usize = 5;
const CALLS: usize = 20_000;
/// About what a certificate with its chain has.
const SIZE: usize = 2048;
/// Instances go after so long without a call.
const IDLE: Duration = Duration::from_secs(2);

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") || serve_apart(emulator) {
        return;
    }
    let server = Apart::start("");
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let engine = Engine::new(options(runtime.handle())).expect("the components compile");
    let tenant = |number: usize| {
        let config = Config::new(bucket(number), "cn-hangzhou", Credentials::new("id", "secret"));
        let config = config.endpoint(server.endpoint().parse().expect("an endpoint"));
        engine.tenant(&bucket(number), config, Limits::default().idle(IDLE)).expect("a tenant")
    };
    // Whatever is there from the first tenant on.
    let first = tenant(0);
    for _ in 0..100 {
        runtime.block_on(call(&first.certificates()));
    }

    let before = Memory::now();
    let begun = Instant::now();
    let mut tenants = vec![first];
    tenants.extend((1..TENANTS).map(&tenant));
    let took = begun.elapsed() / (TENANTS as u32 - 1);
    let each = |memory: Memory| memory.since(&before).per(TENANTS);
    println!("configured, each of {TENANTS}: {}, made in {:.0} µs", each(Memory::now()), micros(took));

    // The others have nothing yet.
    let working = &tenants[1..=ACTIVE];
    let before_work = Memory::now();
    let calls = |name: &str| {
        let times = working.iter().map(|tenant| timed(&runtime, &tenant.certificates()));
        let times: Vec<f64> = times.map(micros).collect();
        println!("{name}: {:.0} µs", median(times));
    };
    calls("first call of a tenant, with its instance and its connection");
    calls("a later call");
    let grown = Memory::now().since(&before_work).per(ACTIVE);
    let linear = engine.usage().memory.used / engine.usage().instances.used;
    println!(
        "at work, each of {ACTIVE}: {grown}, of which {} KiB are linear memory, resident as far as it is used",
        linear >> 10
    );
    // They go when they are idle; connections stay for a minute.
    until(|| engine.usage().instances.used == 0);
    calls("first call after the instance was idle");
    calls("a later call");
    until(|| engine.usage().instances.used == 0);
    println!("idle again, each of {ACTIVE}: {}", Memory::now().since(&before_work).per(ACTIVE));

    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(rate(&runtime, &tenants[1..2]));
        many.push(rate(&runtime, working));
    }
    println!(
        "{ACTIVE} calls in flight of one tenant: {:.0}/s; one of each of {ACTIVE}: {:.0}/s",
        median(one),
        median(many)
    );
}

/// With a bucket for each tenant.
fn emulator(_: &str) -> Builder {
    let builder = Emulator::builder().access_key("id", "secret");
    (0..TENANTS).fold(builder, |builder, number| builder.bucket(BucketSpec::new(bucket(number))))
}

fn bucket(number: usize) -> String {
    format!("tenant-{number:04}")
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

async fn call(certificates: &Certificates) {
    certificates.store("sites/example.com.crt", vec![7; SIZE]).await.expect("a store");
}

fn timed(runtime: &Runtime, certificates: &Certificates) -> Duration {
    let begun = Instant::now();
    runtime.block_on(call(certificates));
    begun.elapsed()
}

/// Calls a second, of as many callers as there are tenants at work.
fn rate(runtime: &Runtime, tenants: &[Tenant]) -> f64 {
    let left = Arc::new(AtomicUsize::new(CALLS));
    let begun = Instant::now();
    let callers: Vec<_> = (0..ACTIVE)
        .map(|number| {
            let (certificates, left) = (tenants[number % tenants.len()].certificates(), Arc::clone(&left));
            runtime.spawn(async move {
                while left.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                    call(&certificates).await;
                }
            })
        })
        .collect();
    for caller in callers {
        runtime.block_on(caller).expect("a caller");
    }
    CALLS as f64 / begun.elapsed().as_secs_f64()
}

fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it takes too long");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How much memory the process has.
#[derive(Clone, Copy)]
struct Memory {
    allocated: usize,
    /// 0 where the system does not say (only Linux does).
    resident: usize,
}

impl Memory {
    fn now() -> Self {
        // Pages.
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0);
        Self { allocated: Counting::now(), resident: pages * 4096 }
    }

    fn since(self, before: &Self) -> Self {
        let allocated = self.allocated.saturating_sub(before.allocated);
        Self { allocated, resident: self.resident.saturating_sub(before.resident) }
    }

    fn per(self, count: usize) -> Self {
        Self { allocated: self.allocated / count, resident: self.resident / count }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [allocated, resident] = [self.allocated, self.resident].map(|bytes| bytes as f64 / 1024.0);
        write!(f, "{allocated:.1} KiB allocated, {resident:.1} KiB more resident")
    }
}
