//! What waiting for a lock costs: the time from a release to the next holder, and requests while many wait. Each next to what
//! the Go module certmagic-oss does, in the same run and with its own requests: a PutObject that overwrites nothing, and where
//! that is refused a HEAD and a second's pause; a release is a DELETE.
//!
//! `cargo bench -p ossicle-tests --bench locks`, some minutes; `-- --quick` for a glance, whose 99th percentiles mean nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ossicle::{Certificates, Engine, Limits};
use ossicle_tests::bare::Bare;
use ossicle_tests::measure::{emulator_runtime, median};
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
    /// As the Go module does.
    Go,
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
    let server = emulator_runtime();
    let server = server.handle();
    let engine = engine(runtime.handle());
    runtime.block_on(async {
        println!(
            "From the begin of a release to the next holder, {} ms for each request, held for 0.5 s to 3 s",
            LATENCY.as_millis()
        );
        println!("{:42} {:>8} {:>10} {:>10} {:>12}", "", "samples", "median", "99 %", "requests/s");
        for (name, processes, each, way) in [
            ("1 waiter", 2, 1, Way::Ossicle),
            ("1 waiter, the Go module", 2, 1, Way::Go),
            ("16 waiters, each in a process of its own", 17, 1, Way::Ossicle),
            ("16 waiters, the Go module", 17, 1, Way::Go),
            ("16 waiters, all in the holder's process", 1, 17, Way::Ossicle),
        ] {
            let (mut times, requests) = pass_on(server, &engine, &plan, processes, each, way).await;
            times.sort();
            let middle = median(times.iter().map(Duration::as_secs_f64)) * 1e3;
            let last = times[times.len() * 99 / 100];
            println!("{name:42} {:>8} {middle:>7.0} ms {:>7} ms {requests:>12.1}", times.len(), last.as_millis());
        }
        println!("\nRequests a second of 100 who wait for one lock that stays held");
        for (name, processes, each, way) in [
            ("in one process", 1, 100, Way::Ossicle),
            ("in ten processes", 10, 10, Way::Ossicle),
            ("the Go module", 10, 10, Way::Go),
        ] {
            println!("{name:42} {:>12.2}", besiege(server, &engine, &plan, processes, each, way).await);
        }
    });
    runtime.shutdown_background();
}

/// A process with what it knows: the component's, or the Go module's.
#[derive(Clone)]
struct Process {
    certificates: Certificates,
    bare: Arc<Bare>,
}

/// Processes of their own: what one of them knows, the others do not.
fn processes(engine: &Engine, ground: &Ground, count: usize) -> Vec<Process> {
    let process = |_| {
        let tenant = engine.tenant("bench", ground.config(), Limits::default()).expect("a tenant");
        let bare = Arc::new(Bare::new(ground, tenant.pooled_client()));
        Process { certificates: tenant.certificates(), bare }
    };
    (0..count).map(process).collect()
}

/// An emulator on a runtime of its own.
async fn ground(server: &Handle) -> Ground {
    let ground = server.spawn(Ground::new("")).await.expect("an emulator");
    ground.emulator().set_latency(LATENCY);
    ground
}

/// When the last release of a lock began, and the gaps so far.
#[derive(Default)]
struct Track {
    released: Option<Instant>,
    gaps: Vec<Duration>,
}

/// Passes locks on from one to the next. The gaps, and requests a second and lock.
async fn pass_on(
    server: &Handle,
    engine: &Engine,
    plan: &Plan,
    count: usize,
    each: usize,
    way: Way,
) -> (Vec<Duration>, f64) {
    let ground = ground(server).await;
    let processes = processes(engine, &ground, count);
    let tracks: Vec<Arc<Mutex<Track>>> = (0..plan.locks).map(|_| Arc::default()).collect();
    let mut tasks = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        for (index, process) in processes.iter().enumerate() {
            for task in 0..each {
                let (process, track) = (process.clone(), Arc::clone(track));
                let seed = (number * 31 + index * 7 + task) as u64;
                tasks.push(Handle::current().spawn(contend(process, format!("lock-{number}"), track, way, seed)));
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
async fn contend(process: Process, name: String, track: Arc<Mutex<Track>>, way: Way, mut seed: u64) {
    loop {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let held = Duration::from_millis(500 + (seed >> 33) % 2500);
        match way {
            Way::Ossicle => {
                let guard = process.certificates.tenant().locks().hold(&name, LONG).await.expect("a lock");
                got(&track);
                tokio::time::sleep(held).await;
                released(&track);
                guard.unlock().await.expect("a release");
            }
            Way::Go => {
                go_lock(&process.bare, &name).await;
                got(&track);
                tokio::time::sleep(held).await;
                released(&track);
                process.bare.delete(&object(&name)).await;
            }
        }
        while track.lock().expect("no panic").released.is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The object of the Go module's lock.
fn object(name: &str) -> String {
    [name, ".lock"].concat()
}

/// The Go module's `Lock`. No lock here is as old as its expiry of five minutes, so nothing is ever taken over.
async fn go_lock(bare: &Bare, name: &str) {
    let object = object(name);
    while !bare.create(&object).await {
        // It reads the time of the last change from the answer, and pauses also where the lock is gone.
        bare.exists(&object).await;
        tokio::time::sleep(SECOND).await;
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

/// Many wait for one lock that stays held. Requests a second, the holder's renewals among them: one in 20 s.
async fn besiege(server: &Handle, engine: &Engine, plan: &Plan, count: usize, each: usize, way: Way) -> f64 {
    let ground = ground(server).await;
    let holder = processes(engine, &ground, 1).remove(0);
    let guard = match way {
        Way::Ossicle => Some(holder.certificates.tenant().locks().hold("a", LONG).await.expect("a lock")),
        Way::Go => {
            assert!(holder.bare.create(&object("a")).await, "the lock is free");
            None
        }
    };
    let mut tasks = Vec::new();
    for process in processes(engine, &ground, count) {
        for _ in 0..each {
            let process = process.clone();
            tasks.push(Handle::current().spawn(async move {
                match way {
                    Way::Ossicle => drop(process.certificates.tenant().locks().hold("a", LONG).await),
                    Way::Go => go_lock(&process.bare, "a").await,
                }
            }));
        }
    }
    // Until the pauses are as long as they become.
    tokio::time::sleep(plan.count / 4).await;
    let (before, begun) = (ground.requests(), Instant::now());
    tokio::time::sleep(plan.count).await;
    let rate = (ground.requests() - before) as f64 / begun.elapsed().as_secs_f64();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        drop(task.await);
    }
    if let Some(guard) = guard {
        guard.unlock().await.expect("a release");
    }
    rate
}
