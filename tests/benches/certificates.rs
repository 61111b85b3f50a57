//! What the component costs: storing and loading 2 KiB through it, next to the same signed requests made by the core natively
//! and sent by the same pooled client, turn by turn in one run; over HTTPS, as is usual, and over plain HTTP.
//!
//! Machines differ and are noisy, so what counts are the ratios: each is the median over rounds in which both were measured
//! one after the other, each of them first in every other round. Beside rates stands the processor time of a call, the
//! emulator's left out: it does not hang on how busy the machine is. One at a time, both run on one thread; 64 at a time, both have two, and callers take what is left of
//! a round's calls until none is, so that there are 64 to its end. The bare client has a runtime of its own on each thread,
//! and keeps its connections; the component is measured so too, an engine on each, as one instance on a runtime of two, and as a tenant
//! that may have two.
//!
//! `cargo bench -p ossicle-tests --bench certificates -- "load, 64"` measures what is named so alone, and with
//! `--features system-allocator` before the `--` both sides use the system's allocator in place of mimalloc.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ossicle::{Certificates, Engine, Limits, PooledClient, TrustRoots};
use ossicle_guest::cert::Storage;
use ossicle_tests::measure::{Rounds, Sample, emulator_runtime, measure, median};
use ossicle_tests::native::Native;
use ossicle_tests::{Ground, options};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::LocalSet;
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command, for the bare client too.
#[cfg(not(feature = "system-allocator"))]
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

/// The system's, which wipes as well.
#[cfg(feature = "system-allocator")]
#[global_allocator]
static MEMORY: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// About what a certificate with its chain has.
const SIZE: usize = 2048;
const ROUNDS: usize = 8;

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let server = emulator_runtime();
    let (over_tls, trust) = server.block_on(Ground::over_tls());
    let plain = Place { ground: server.block_on(Ground::new("")), trust: TrustRoots::none() };
    let places = [("HTTPS", Place { ground: over_tls, trust }), ("HTTP", plain)];
    for (name, component) in [("certificates", ossicle_component::CERTIFICATES), ("blobs", ossicle_component::BLOBS)] {
        println!("component {name}: {} KiB", component.len() / 1024);
    }

    for (scheme, place) in &places {
        place.ground.put_raw("k", &[7; SIZE]);
        println!(
            "\n{:22} {:>12} {:>12} {:>8}   processor time of a call: bare, component, ratio",
            format!("2 KiB over {scheme}"),
            "bare",
            "component",
            "ratio"
        );
        for (name, load, concurrency, shape, calls) in [
            ("store, one at a time", false, 1, Shape::Apart, 2000),
            ("load, one at a time", true, 1, Shape::Apart, 2000),
            ("store, 64 at a time", false, 64, Shape::Apart, 12_800),
            ("load, 64 at a time", true, 64, Shape::Apart, 12_800),
            ("store, 64 in one", false, 64, Shape::One, 12_800),
            ("load, 64 in one", true, 64, Shape::One, 12_800),
            ("store, 64 in several", false, 64, Shape::Several, 12_800),
            ("load, 64 in several", true, 64, Shape::Several, 12_800),
        ] {
            if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
                compare(place, name, load, concurrency, shape, calls);
            }
        }
    }

    let (_, place) = &places[1];
    place.ground.emulator().set_latency(Duration::from_millis(20));
    let hosted = Hosted::new(place, Shape::One, 2);
    hosted.time(true, 64, 64);
    let took = median((0..ROUNDS).map(|_| hosted.time(true, 64, 64).seconds * 64.0));
    println!("\n64 loads at once, each answered after 20 ms: {:.1} ms in all, in one instance", took * 1e3);
}

/// A bucket, and whom to trust there.
struct Place {
    ground: Ground,
    trust: TrustRoots,
}

impl Place {
    fn engine(&self, runtime: &Handle) -> Engine {
        Engine::new(options(runtime).trust(self.trust.clone())).expect("the components compile")
    }
}

fn compare(place: &Place, name: &str, load: bool, concurrency: usize, shape: Shape, calls: usize) {
    let threads = concurrency.min(2);
    let (bare, hosted) = (Bare::new(place, threads), Hosted::new(place, shape, threads));
    let rounds = Rounds::run(ROUNDS, || bare.time(load, concurrency, calls), || hosted.time(load, concurrency, calls));
    let (bare, component) = (rounds.median(|bare, _| bare.seconds), rounds.median(|_, component| component.seconds));
    let ratio = rounds.median(|bare, component| bare.seconds / component.seconds);
    if concurrency == 1 {
        print!("{name:22} {:>9.1} µs {:>9.1} µs {ratio:>8.2}", bare * 1e6, component * 1e6);
    } else {
        print!("{name:22} {:>10.0}/s {:>10.0}/s {ratio:>8.2}", 1.0 / bare, 1.0 / component);
    }
    let bare = rounds.median(|bare, _| bare.processor) * 1e6;
    let component = rounds.median(|_, component| component.processor) * 1e6;
    let ratio = rounds.median(|bare, component| component.processor / bare.processor);
    println!("   {bare:>6.1} µs {component:>6.1} µs {ratio:>6.2}");
}

/// The calls that are left of a round.
struct Left(AtomicUsize);

impl Left {
    fn new(calls: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(calls)))
    }

    fn take(&self) -> bool {
        self.0.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// The core, natively: a client such as the host has for a tenant, on a runtime of its own, for each thread.
struct Bare<'a> {
    place: &'a Place,
    clients: Vec<(Runtime, PooledClient)>,
}

impl<'a> Bare<'a> {
    fn new(place: &'a Place, threads: usize) -> Self {
        let client = |_| {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            let tenant = place.engine(runtime.handle()).tenant("bare", place.ground.config(), Limits::default());
            (runtime, tenant.expect("a tenant").pooled_client())
        };
        Self { place, clients: (0..threads).map(client).collect() }
    }

    /// What a call takes.
    fn time(&self, load: bool, concurrency: usize, calls: usize) -> Sample {
        let left = Left::new(calls);
        let threads = || {
            std::thread::scope(|scope| {
                for (runtime, client) in &self.clients {
                    scope.spawn(|| {
                        let storage = Rc::new(self.place.ground.native_through(client.clone()));
                        let tasks = LocalSet::new();
                        for _ in 0..concurrency / self.clients.len() {
                            tasks.spawn_local(natively(Rc::clone(&storage), load, Arc::clone(&left)));
                        }
                        runtime.block_on(tasks);
                    });
                }
            })
        };
        measure(threads).1.per(calls as f64)
    }
}

async fn natively(storage: Rc<Storage<Native>>, load: bool, left: Arc<Left>) {
    while left.take() {
        if load {
            assert_eq!(storage.load("k").await.expect("a load").len(), SIZE);
        } else {
            storage.store("k", vec![7; SIZE].into()).await.expect("a store");
        }
    }
}

/// How threads share the component.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Each has a runtime, an engine and an instance of its own.
    Apart,
    /// They have one runtime and one instance.
    One,
    /// They have one runtime and one tenant, with as many instances as threads.
    Several,
}

/// The component, on runtimes which its callers share.
struct Hosted(Vec<(Runtime, Certificates)>);

impl Hosted {
    fn new(place: &Place, shape: Shape, threads: usize) -> Self {
        let (runtimes, workers) = if shape == Shape::Apart { (threads, 1) } else { (1, threads) };
        let limits = if shape == Shape::Several { Limits::default().instances(threads) } else { Limits::default() };
        let hosted = (0..runtimes).map(|_| {
            let mut builder = if workers == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
            let runtime = builder.worker_threads(workers).enable_all().build().expect("a runtime");
            let tenant = place.engine(runtime.handle()).tenant("bench", place.ground.config(), limits.clone());
            (runtime, tenant.expect("a tenant").certificates())
        });
        Self(hosted.collect())
    }

    /// What a call takes.
    fn time(&self, load: bool, concurrency: usize, calls: usize) -> Sample {
        let left = Left::new(calls);
        let threads = || {
            std::thread::scope(|scope| {
                for (runtime, certificates) in &self.0 {
                    scope.spawn(|| {
                        runtime.block_on(async {
                            let callers = concurrency / self.0.len();
                            let tasks: Vec<_> = (0..callers)
                                .map(|_| {
                                    tokio::spawn(through_the_component(certificates.clone(), load, Arc::clone(&left)))
                                })
                                .collect();
                            for task in tasks {
                                task.await.expect("a task");
                            }
                        });
                    });
                }
            })
        };
        measure(threads).1.per(calls as f64)
    }
}

async fn through_the_component(certificates: Certificates, load: bool, left: Arc<Left>) {
    while left.take() {
        if load {
            assert_eq!(certificates.load("k").await.expect("a load").len(), SIZE);
        } else {
            certificates.store("k", vec![7; SIZE]).await.expect("a store");
        }
    }
}
