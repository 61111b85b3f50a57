//! What blobs cost beside their transfers, which the benchmark `peers` measures: the memory that uploads take, what parts in
//! flight are worth where the server is far, and what happens on OSS's side.
//!
//! Sizes are those of the environment: `OSSICLE_BENCH_MIB` (default 1024) for an upload, `OSSICLE_BENCH_COPY_MIB` (5120) for a
//! move, `OSSICLE_BENCH_OBJECTS` (100000) for a tree.
//!
//! Everything is in one process, and the emulator with it, which computes an MD5 and a CRC-64 of every part it gets. Its
//! objects are kept in a folder, so that the memory is that of the transfers.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use ossicle::{Allocation, BlobOptions, Blobs, Engine, Limits};
use ossicle_tests::blobs::content;
use ossicle_tests::measure::{emulator_runtime, measure, median};
use ossicle_tests::{BlobDriver, Ground, options};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::{Builder, Runtime};

const MIB: u64 = 1 << 20;
const ROUNDS: usize = 4;

/// A size of the environment's.
fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The same MiB over and over.
struct Repeated {
    block: Bytes,
    position: u64,
    end: u64,
}

impl Repeated {
    fn new(block: &Bytes, end: u64) -> Self {
        Self { block: block.clone(), position: 0, end }
    }
}

impl AsyncRead for Repeated {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let within = (self.position % MIB) as usize;
        let left = (self.end - self.position).min(self.block.len() as u64) as usize;
        let count = buffer.remaining().min(self.block.len() - within).min(left);
        buffer.put_slice(&self.block[within..within + count]);
        self.position += count as u64;
        Poll::Ready(Ok(()))
    }
}

fn main() {
    // `cargo test --benches` asks what there is; there is nothing to run as a test.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-blobs");
    let _ = std::fs::remove_dir_all(&folder);
    let server = emulator_runtime();
    let (ground, trust) = server.block_on(Ground::in_folder_over_tls(&folder));
    let options = options(runtime.handle()).trust(trust).allocation(Allocation::OnDemand);
    let engine = Engine::new(options).expect("the component compiles");
    let bench = Bench { runtime, engine, ground, block: content(1, MIB as usize).into() };
    bench.memory(size("OSSICLE_BENCH_MIB", 1024) * MIB);
    bench.latency();
    bench.moving(size("OSSICLE_BENCH_COPY_MIB", 5120) * MIB);
    bench.trees(size("OSSICLE_BENCH_OBJECTS", 100_000));
    drop(bench);
    let _ = std::fs::remove_dir_all(&folder);
}

struct Bench {
    runtime: Runtime,
    engine: Engine,
    ground: Ground,
    block: Bytes,
}

impl Bench {
    fn blobs(&self, options: BlobOptions) -> Blobs {
        let limits = Limits::default().memory(2 << 30);
        self.engine.tenant("bench", self.ground.config().blobs(options), limits).expect("a tenant").blobs()
    }

    /// How long it takes, in seconds.
    fn time<T>(&self, what: impl Future<Output = T>) -> f64 {
        measure(|| self.runtime.block_on(what)).1.seconds
    }

    async fn upload(&self, blobs: &Blobs, path: &str, length: u64) {
        let written = blobs.write(path, 0, Repeated::new(&self.block, length), Some(length)).await;
        assert_eq!(written.expect("an upload"), length);
    }

    fn memory(&self, length: u64) {
        println!("\npeak memory of the whole process, emulator included (VmHWM)");
        // What was taken before is not what these take.
        let before = reset_peak();
        let blobs = self.blobs(BlobOptions::new());
        self.time(self.upload(&blobs, "/hosted", length));
        println!("{:34} {:>8} MiB, from {before} MiB", "one upload", peak());
        drop(blobs);
        let before = reset_peak();
        let blobs = self.blobs(BlobOptions::new());
        let each = (length / 32).max(MIB);
        let paths: Vec<String> = (0..32).map(|number| format!("/many/{number}")).collect();
        self.time(join_all(paths.iter().map(|path| self.upload(&blobs, path, each))));
        println!("{:34} {:>8} MiB, from {before} MiB", format!("32 uploads of {} MiB at once", each / MIB), peak());
    }

    fn latency(&self) {
        // Small parts: with larger ones most of the time would be what the emulator computes, beside which 20 ms are little.
        println!("\nupload of 64 parts of 512 KiB, each request answered after 20 ms");
        self.ground.emulator().set_latency(Duration::from_millis(20));
        let mut one = 0.0;
        for in_flight in [1, 4, 16] {
            let blobs = self.blobs(BlobOptions::new().part_size(MIB / 2).parts_in_flight(in_flight));
            self.time(blobs.check());
            let took = median((0..ROUNDS).map(|_| self.time(self.upload(&blobs, "/late", 32 * MIB))));
            if in_flight == 1 {
                one = took;
            }
            println!("{:34} {:>8.0} ms {:>7.2} times one", format!("{in_flight} in flight"), took * 1e3, one / took);
        }
        self.ground.emulator().set_latency(Duration::ZERO);
    }

    fn moving(&self, length: u64) {
        let blobs = self.blobs(BlobOptions::new());
        self.time(self.upload(&blobs, "/large", length));
        self.ground.take_counts();
        let took = self.time(async { blobs.rename("/large", "/moved").await.expect("a move") });
        println!("\nmove of {} MiB: {:.2} s, {} requests", length / MIB, took, self.ground.requests());
        self.time(async { blobs.delete("/moved").await.expect("a delete") });
    }

    fn trees(&self, count: u64) {
        for number in 0..count {
            self.ground.plant(&format!("/tree/{:03}/{number:06}", number % 1000), b"x");
        }
        let blobs = self.blobs(BlobOptions::new());
        self.time(blobs.check());
        self.ground.take_counts();
        let took = self.time(async {
            let entries = BlobDriver::walk(&blobs, "/tree", None).await.expect("a walk");
            assert_eq!(entries.iter().filter(|entry| !entry.is_dir).count() as u64, count);
        });
        println!("walk over {count} objects: {took:.2} s, {} requests", self.ground.requests());
        self.ground.take_counts();
        let took = self.time(async { blobs.delete("/tree").await.expect("a delete") });
        println!("delete of {count} objects: {took:.2} s, {} requests", self.ground.requests());
    }
}

/// A line of the process's status, in MiB.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok());
    number.unwrap_or(0) / 1024
}

fn peak() -> u64 {
    status("VmHWM")
}

/// Begins the peak anew where the system can, and tells what is taken now.
fn reset_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS")
}
