//! What waiting for a lock costs: the time from a release to the next holder, and requests while many wait. Each next to what
//! the Go module does, a look every second, in the same run.
//!
//! `cargo bench -p ossicle-tests --bench locks`, some minutes; `-- --quick` for a glance, whose 99th percentiles mean nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ossicle::{Certificates, Engine, Limits, LockError};
use ossicle_emulator::Operation;
use ossicle_tests::{Ground, engine};
use tokio::runtime::{Builder, Handle};

const LATENCY: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

/// How much is measured.
struct Plan {
    /// Locks at once, so that there are many samples in little time.
    locks: usize,
    /// For how long they are passed on.
    time: Duration,
    /// For how long requests are counted.
    count: Duration,
}

/// How one waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As the component does.
    Ossicle,
    /// A look every second.
    EverySecond,
}

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let plan = if std::env::args().any(|argument| argument == "--quick") {
        Plan { locks: 2, time: Duration::from_secs(8), count: Duration::from_secs(5) }
    } else {
        Plan { locks: 12, time: Duration::from_secs(60), count: Duration::from_secs(60) }
    };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let engine = engine(runtime.handle());
    runtime.block_on(async {
        println!(
            "From the begin of a release to the next holder, {} ms for each request, held for 0.5 s to 3 s",
            LATENCY.as_millis()
        );
        println!("{:42} {:>8} {:>10} {:>10} {:>12}", "", "samples", "median", "99 %", "requests/s");
        for (name, processes, each, way) in [
            ("1 waiter", 2, 1, Way::Ossicle),
            ("1 waiter, a look every second", 2, 1, Way::EverySecond),
            ("16 waiters, each in a process of its own", 17, 1, Way::Ossicle),
            ("16 waiters, a look every second", 17, 1, Way::EverySecond),
            ("16 waiters, all in the holder's process", 1, 17, Way::Ossicle),
        ] {
            let (mut times, requests) = pass_on(&engine, &plan, processes, each, way).await;
            times.sort();
            let (median, last) = (times[times.len() / 2], times[times.len() * 99 / 100]);
            println!(
                "{name:42} {:>8} {:>7} ms {:>7} ms {requests:>12.1}",
                times.len(),
                median.as_millis(),
                last.as_millis()
            );
        }
        println!("\nRequests a second of 100 who wait for one lock that stays held");
        for (name, processes, each, way) in [
            ("in one process", 1, 100, Way::Ossicle),
            ("in ten processes", 10, 10, Way::Ossicle),
            ("a look every second", 10, 10, Way::EverySecond),
        ] {
            println!("{name:42} {:>12.2}", besiege(&engine, &plan, processes, each, way).await);
        }
    });
    runtime.shutdown_background();
}

/// Processes of their own: what one of them knows, the others do not.
fn processes(engine: &Engine, ground: &Ground, count: usize) -> Vec<Certificates> {
    let tenant = |_| engine.tenant("bench", ground.config(), Limits::default()).expect("a tenant").certificates();
    (0..count).map(tenant).collect()
}

/// When the last release of a lock began, and the gaps so far.
#[derive(Default)]
struct Track {
    released: Option<Instant>,
    gaps: Vec<Duration>,
}

/// Passes locks on from one to the next. The gaps, and requests a second and lock.
async fn pass_on(engine: &Engine, plan: &Plan, count: usize, each: usize, way: Way) -> (Vec<Duration>, f64) {
    let ground = Ground::new("").await;
    ground.emulator().set_latency(LATENCY);
    let processes = processes(engine, &ground, count);
    let tracks: Vec<Arc<Mutex<Track>>> = (0..plan.locks).map(|_| Arc::default()).collect();
    let mut tasks = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        for (process, certificates) in processes.iter().enumerate() {
            for task in 0..each {
                let (certificates, track) = (certificates.clone(), Arc::clone(track));
                let seed = (number * 31 + process * 7 + task) as u64;
                tasks.push(Handle::current().spawn(contend(certificates, format!("lock-{number}"), track, way, seed)));
            }
        }
    }
    // Until all wait.
    tokio::time::sleep(plan.time / 4).await;
    tracks.iter().for_each(|track| track.lock().expect("no panic").gaps.clear());
    let (before, begun) = (ground.requests(), Instant::now());
    tokio::time::sleep(plan.time).await;
    let requests = (ground.requests() - before) as f64 / begun.elapsed().as_secs_f64() / plan.locks as f64;
    let gaps = tracks.iter().flat_map(|track| std::mem::take(&mut track.lock().expect("no panic").gaps)).collect();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        drop(task.await);
    }
    (gaps, requests)
}

/// Gets the lock, holds it, releases it, and stands aside until another has got it, again and again.
async fn contend(certificates: Certificates, name: String, track: Arc<Mutex<Track>>, way: Way, mut seed: u64) {
    loop {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let held = Duration::from_millis(500 + (seed >> 33) % 2500);
        match way {
            Way::Ossicle => {
                let guard = certificates.hold(&name, LONG).await.expect("a lock");
                got(&track);
                tokio::time::sleep(held).await;
                released(&track);
                guard.unlock().await.expect("a release");
            }
            Way::EverySecond => {
                let lease = every_second(&certificates, &name).await;
                got(&track);
                tokio::time::sleep(held).await;
                released(&track);
                certificates.unlock(&lease).await.expect("a release");
            }
        }
        while track.lock().expect("no panic").released.is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn every_second(certificates: &Certificates, name: &str) -> ossicle::Lease {
    loop {
        match certificates.try_lock(name).await {
            Ok(lease) => return lease,
            Err(LockError::Held { .. }) => tokio::time::sleep(SECOND).await,
            Err(error) => panic!("{error}"),
        }
    }
}

fn got(track: &Mutex<Track>) {
    let mut track = track.lock().expect("no panic");
    if let Some(released) = track.released.take() {
        track.gaps.push(released.elapsed());
    }
}

fn released(track: &Mutex<Track>) {
    track.lock().expect("no panic").released = Some(Instant::now());
}

/// Many wait for one lock that stays held. Requests a second, the holder's renewals left out.
async fn besiege(engine: &Engine, plan: &Plan, count: usize, each: usize, way: Way) -> f64 {
    let ground = Ground::new("").await;
    ground.emulator().set_latency(LATENCY);
    let holder = processes(engine, &ground, 1).remove(0).hold("a", LONG).await.expect("a lock");
    let mut tasks = Vec::new();
    for certificates in processes(engine, &ground, count) {
        for _ in 0..each {
            let certificates = certificates.clone();
            tasks.push(Handle::current().spawn(async move {
                match way {
                    Way::Ossicle => drop(certificates.hold("a", LONG).await),
                    // A look alone: in one process tries would wait for each other's answers.
                    Way::EverySecond => loop {
                        certificates.inspect_lock("a").await.expect("a look");
                        tokio::time::sleep(SECOND).await;
                    },
                }
            }));
        }
    }
    // Until the pauses are as long as they become.
    tokio::time::sleep(plan.count / 4).await;
    let looks = || ground.emulator().stats().count(Operation::GetObject);
    let (before, begun) = (looks(), Instant::now());
    tokio::time::sleep(plan.count).await;
    let rate = (looks() - before) as f64 / begun.elapsed().as_secs_f64();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        drop(task.await);
    }
    holder.unlock().await.expect("a release");
    rate
}
