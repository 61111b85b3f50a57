//! What the component costs: storing and loading 2 KiB through it, next to the same signed requests sent by the core natively
//! over the same kind of pooled client, turn by turn in one run.
//!
//! Machines differ and are noisy, so what counts are the ratios: each is the median over rounds in which both were measured
//! one after the other.

use std::rc::Rc;
use std::time::{Duration, Instant};

use ossicle::Certificates;
use ossicle_guest::cert::Storage;
use ossicle_tests::native::Native;
use ossicle_tests::{ENGINE, Ground, Signature};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// About what a certificate with its chain has.
const SIZE: usize = 2048;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` and `cargo nextest` ask what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let server = Runtime::new().expect("a runtime");
    let ground = server.block_on(Ground::new(""));
    ground.put_raw("k", &[7; SIZE]);
    let certificates = ground.component(Signature::V4);
    println!("component: {} KiB", ossicle_component::COMPONENT.len() / 1024);

    println!("\n{:28} {:>12} {:>12} {:>8}", "2 KiB", "bare", "component", "ratio");
    for (name, load, concurrency, calls) in [
        ("store, one at a time", false, 1, 2000),
        ("load, one at a time", true, 1, 2000),
        ("store, 64 at a time", false, 64, 12_800),
        ("load, 64 at a time", true, 64, 12_800),
    ] {
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|_| (bare(&ground, load, concurrency, calls), component(&certificates, load, concurrency, calls)))
            .collect();
        // The first round warms both up.
        rounds.remove(0);
        let (bare, component) = (median(rounds.iter().map(|round| round.0)), median(rounds.iter().map(|round| round.1)));
        let ratio = median(rounds.iter().map(|round| round.0 / round.1));
        if concurrency == 1 {
            let added = median(rounds.iter().map(|round| (round.1 - round.0) * 1e6));
            println!("{name:28} {:>9.1} µs {:>9.1} µs {ratio:>8.2}   {added:.1} µs added", bare * 1e6, component * 1e6);
        } else {
            println!("{name:28} {:>10.0}/s {:>10.0}/s {ratio:>8.2}", 1.0 / bare, 1.0 / component);
        }
    }

    ground.emulator().set_latency(Duration::from_millis(20));
    let tenant = ENGINE.tenant("latency", ground.config(), ossicle::Limits::default()).expect("a tenant");
    let certificates = tenant.certificates();
    component(&certificates, true, 64, 64);
    let took = median((0..ROUNDS).map(|_| component(&certificates, true, 64, 64) * 64.0));
    println!("\n64 loads at once, each answered after 20 ms: {:.1} ms in {} instance", took * 1e3, tenant.metrics().instances);
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Seconds per call of the core, natively, on a thread for each of two cores.
fn bare(ground: &Ground, load: bool, concurrency: usize, calls: usize) -> f64 {
    let threads = concurrency.min(2);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let storage = Rc::new(ground.native(Signature::V4));
                let tasks = LocalSet::new();
                for _ in 0..concurrency / threads {
                    tasks.spawn_local(one_by_one(Rc::clone(&storage), load, calls / concurrency));
                }
                runtime.block_on(tasks);
            });
        }
    });
    start.elapsed().as_secs_f64() / calls as f64
}

async fn one_by_one(storage: Rc<Storage<Native>>, load: bool, calls: usize) {
    for _ in 0..calls {
        if load {
            assert_eq!(storage.load("k").await.expect("a load").len(), SIZE);
        } else {
            storage.store("k", vec![7; SIZE].into()).await.expect("a store");
        }
    }
}

/// Seconds per call of the component, from tasks of a runtime with a thread for each of two cores.
fn component(certificates: &Certificates, load: bool, concurrency: usize, calls: usize) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let start = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..concurrency)
            .map(|_| {
                let certificates = certificates.clone();
                tokio::spawn(async move {
                    for _ in 0..calls / concurrency {
                        if load {
                            assert_eq!(certificates.load("k").await.expect("a load").len(), SIZE);
                        } else {
                            certificates.store("k", vec![7; SIZE]).await.expect("a store");
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
    });
    start.elapsed().as_secs_f64() / calls as f64
}
