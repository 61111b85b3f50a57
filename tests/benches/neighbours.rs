//! What a neighbour notices of a tenant that misbehaves: how long its calls take beside it, next to how long they take alone.
//!
//! Both are tenants of one engine with two threads. The neighbour sends one request after the other to a server of its own, and
//! what counts is the 99th percentile of how long its calls take; each is measured in rounds, alone and beside in turn, and the
//! median over the rounds is told, of the ratio too. The other has eight callers that do the same over and over, as the hostile
//! component of the tests does what its keys say; it may compute for a fifth of a second at a time, and a call of it may take a
//! whole one. The first row says how far two measurements of the same differ: there the other does nothing. In the second and
//! third no tenant does anything, but a thread that is none of the engine's takes a processor, or tasks on the engine's threads
//! send as many requests as they can without any component: the servers run on the same processors as the engine, so a part of
//! what a call waits for is its server, whoever takes the time.
//!
//! `cargo bench -p ossicle-tests --bench neighbours -- spins` measures what is named so alone.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ossicle::{Certificates, Config, Credentials, Download, Engine, EngineOptions, Limits, Tenant};
use ossicle_tests::measure::{emulator_runtime, median};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 9;
/// Calls of the neighbour's in a round: ten of them are above the 99th percentile.
const CALLS: usize = 1000;
const CALLERS: usize = 8;
/// Streams that the one who stops reading has.
const STREAMS: usize = 32;
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// In the place of the C library's: a name server that does not answer, for as long as resolvers wait for one by default.
#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(_: *const c_char, _: *const c_char, _: *const c_void, _: *mut *mut c_void) -> c_int {
    const EAI_AGAIN: c_int = -3;
    std::thread::sleep(Duration::from_secs(5));
    EAI_AGAIN
}

/// What the other does.
enum Act {
    Nothing,
    /// Nothing, but a thread beside the engine computes.
    Thread,
    /// Nothing, but tasks that are no tenant's send requests to this address.
    Requests(String),
    /// Loads this key over and over.
    Load(String),
    /// The same, and may have two instances for it.
    LoadInTwo(String),
    /// Begins streams and reads no more.
    StopReading,
}

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let servers = emulator_runtime();
    let [own, other, dead] = [Answers::Always, Answers::Always, Answers::Never].map(|answers| serve(&servers, answers));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let engine =
        Engine::with_components([ossicle_fixtures::HOSTILE], EngineOptions::new().runtime(runtime.handle().clone()));
    let engine = engine.expect("an engine");
    let get = |server: &str| format!("get {server}/bucket/object");

    println!(
        "{:28} {:>12} {:>12} {:>8}   50th percentile: alone, beside",
        "99th percentile", "alone", "beside", "ratio"
    );
    let nameless = "http://dead.test".to_owned();
    for (name, server, act) in [
        ("does nothing", &other, Act::Nothing),
        ("is a thread beside it", &other, Act::Thread),
        ("is tasks that flood", &other, Act::Requests(other.replace("http://", ""))),
        ("computes", &other, Act::Load("work 3".to_owned())),
        ("computes in two", &other, Act::LoadInTwo("work 3".to_owned())),
        ("floods", &other, Act::Load(format!("flood {other}/bucket/object"))),
        ("spins", &other, Act::Load("spin".to_owned())),
        ("hands over and spins", &other, Act::Load("yield".to_owned())),
        ("traps", &other, Act::Load("trap".to_owned())),
        ("hoards memory", &other, Act::Load("bomb".to_owned())),
        ("has a dead endpoint", &dead, Act::Load(get(&dead))),
        ("has a dead name server", &nameless, Act::Load("get http://bucket.dead.test/object".to_owned())),
        ("stops reading", &other, Act::StopReading),
    ] {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        // In every round both, each of them first in every other one.
        let rounds: Vec<[[f64; 2]; 2]> = (0..ROUNDS)
            .map(|round| {
                let alone = || neighbour(&runtime, &engine, &own, &get(&own));
                let beside = || {
                    let hostile = Hostile::start(&runtime, tenant(&engine, server, limits(&act)), &act);
                    let measured = neighbour(&runtime, &engine, &own, &get(&own));
                    hostile.stop(&runtime);
                    measured
                };
                if round % 2 == 0 {
                    let first = alone();
                    [first, beside()]
                } else {
                    let first = beside();
                    [alone(), first]
                }
            })
            .collect();
        let of = |who: usize, which: usize| median(rounds.iter().map(|round| round[who][which]));
        let ratio = median(rounds.iter().map(|[alone, beside]| beside[1] / alone[1]));
        let [p99_alone, p99_beside, p50_alone, p50_beside] = [of(0, 1), of(1, 1), of(0, 0), of(1, 0)];
        println!(
            "{name:28} {p99_alone:>9.2} ms {p99_beside:>9.2} ms {ratio:>8.2}   {p50_alone:.2} ms, {p50_beside:.2} ms"
        );
    }
}

fn limits(act: &Act) -> Limits {
    let instances = if matches!(act, Act::LoadInTwo(_)) { 2 } else { 1 };
    let limits = Limits::default().instances(instances);
    limits.call_timeout(Duration::from_secs(1)).cpu(Duration::from_millis(200)).memory(64 << 20)
}

fn tenant(engine: &Engine, server: &str, limits: Limits) -> Tenant {
    let endpoint = server.parse().expect("an endpoint");
    let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret")).endpoint(endpoint);
    engine.tenant("neighbours", config, limits).expect("a tenant")
}

/// The 50th and the 99th percentile of the neighbour's calls, in milliseconds.
fn neighbour(runtime: &Runtime, engine: &Engine, server: &str, key: &str) -> [f64; 2] {
    let tenant = tenant(engine, server, Limits::default());
    let (certificates, key) = (tenant.certificates(), key.to_owned());
    // On a thread of the runtime's: there are as many as processors.
    let neighbour = runtime.spawn(async move {
        let call = async || {
            let begun = Instant::now();
            let answer = certificates.load(&key).await.expect("an answer");
            assert!(answer.starts_with(b"200"), "{}", String::from_utf8_lossy(&answer));
            begun.elapsed().as_secs_f64() * 1000.0
        };
        for _ in 0..CALLS / 10 {
            call().await;
        }
        let mut took = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            took.push(call().await);
        }
        took.sort_by(f64::total_cmp);
        [took[CALLS / 2], took[CALLS - CALLS / 100]]
    });
    runtime.block_on(neighbour).expect("a neighbour")
}

/// A tenant that misbehaves until it is stopped.
struct Hostile {
    tenant: Tenant,
    over: Arc<AtomicBool>,
    /// Those that are not read.
    _streams: Vec<Download>,
}

impl Hostile {
    fn start(runtime: &Runtime, tenant: Tenant, act: &Act) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut streams = Vec::new();
        match act {
            Act::Nothing => {}
            Act::Thread => {
                let over = Arc::clone(&over);
                std::thread::spawn(move || {
                    while !over.load(Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            Act::Requests(address) => {
                for _ in 0..CALLERS {
                    runtime.spawn(send_requests(address.clone(), Arc::clone(&over)));
                }
            }
            Act::Load(key) | Act::LoadInTwo(key) => {
                for _ in 0..CALLERS {
                    runtime.spawn(misbehave(tenant.certificates(), key.clone(), Arc::clone(&over)));
                }
            }
            Act::StopReading => {
                let blobs = tenant.blobs();
                let begin = async || blobs.read("forever", 0).await.expect("a stream");
                streams.extend((0..STREAMS).map(|_| runtime.block_on(begin())));
            }
        }
        Self { tenant, over, _streams: streams }
    }

    fn stop(self, runtime: &Runtime) {
        self.over.store(true, Relaxed);
        runtime.block_on(self.tenant.close_within(Duration::ZERO));
    }
}

async fn misbehave(certificates: Certificates, key: String, over: Arc<AtomicBool>) {
    while !over.load(Relaxed) {
        // However it fails, which is what it is for.
        drop(certificates.load(&key).await);
    }
}

async fn send_requests(address: String, over: Arc<AtomicBool>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    while !over.load(Relaxed) {
        stream.write_all(b"GET /bucket/object HTTP/1.1\r\nhost: bucket\r\n\r\n").await.expect("a request");
        stream.read_exact(&mut [0; RESPONSE.len()]).await.expect("an answer");
    }
}

#[derive(Clone, Copy)]
enum Answers {
    Always,
    Never,
}

/// A server of HTTP/1.1 that answers each request with 200, or none. Where it is.
fn serve(runtime: &Runtime, answers: Answers) -> String {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, answers));
        }
    });
    format!("http://{address}")
}

async fn answer(mut stream: TcpStream, answers: Answers) {
    let mut buffer = Vec::new();
    loop {
        while let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            buffer.drain(..end + 4);
            if matches!(answers, Answers::Always) && stream.write_all(RESPONSE).await.is_err() {
                return;
            }
        }
        // Whoever asked has gone.
        if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
            return;
        }
    }
}
