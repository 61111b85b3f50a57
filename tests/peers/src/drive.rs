//! One measurement.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::job::Job;
use crate::peer::{Peer, Problem};
use crate::source::{Source, small};
use crate::usage::{peak_memory, processor};
use crate::work::{Kind, LISTED, SMALL, TRANSFER};

/// What the work took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// How often it was done; of a transfer, its MB (10^6 bytes).
    pub count: f64,
    /// Seconds by the clock.
    pub seconds: f64,
    /// Seconds of processor time of the whole process.
    pub processor: f64,
    /// The most resident memory over the life of the process, in KiB.
    pub peak_memory: u64,
}

/// Reads a job from standard input, does it on this thread or on as many others as it says, and prints what it took.
///
/// # Errors
/// What the client failed with, or the job.
pub fn serve<P: Peer>(open: impl AsyncFnOnce(&Job) -> Result<P, Problem>) -> Result<(), Problem> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let job: Job = serde_json::from_str(&text)?;
    let measured = runtime(job.threads)?.block_on(async {
        let peer = Arc::new(open(&job).await?);
        measure(&peer, &Arc::new(job)).await
    })?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn runtime(threads: usize) -> std::io::Result<Runtime> {
    let mut builder = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.worker_threads(threads).enable_all().build()
}

async fn measure<P: Peer>(peer: &Arc<P>, job: &Arc<Job>) -> Result<Measured, Problem> {
    drive(peer, job, job.warm_up).await?;
    let (before, start) = (processor(), Instant::now());
    let count = drive(peer, job, job.length).await?;
    let (seconds, processor) = (start.elapsed().as_secs_f64(), (processor() - before).as_secs_f64());
    let of_each = if job.kind.is_transfer() { TRANSFER as f64 / 1e6 } else { 1.0 };
    Ok(Measured { count: count as f64 * of_each, seconds, processor, peak_memory: peak_memory() })
}

/// Does the work for so long, and by each worker once at least. How often it was done.
async fn drive<P: Peer>(peer: &Arc<P>, job: &Arc<Job>, length: Duration) -> Result<u64, Problem> {
    // What is in flight of an upload are its parts.
    let workers = if job.kind == Kind::Upload { 1 } else { job.in_flight };
    let (next, end) = (Arc::new(AtomicU64::new(0)), Instant::now() + length);
    let mut running = JoinSet::new();
    for _ in 0..workers {
        let (peer, job, next) = (peer.clone(), job.clone(), next.clone());
        running.spawn(async move {
            loop {
                once(&*peer, &job, next.fetch_add(1, Relaxed)).await?;
                if Instant::now() >= end {
                    return Ok::<(), Problem>(());
                }
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(next.load(Relaxed))
}

async fn once<P: Peer>(peer: &P, job: &Job, number: u64) -> Result<(), Problem> {
    let name = job.object(number);
    match job.kind {
        Kind::Put => peer.put(&name, small(SMALL)).await,
        Kind::Get => same(peer.get(&name).await?, SMALL as u64),
        Kind::Head => same(peer.head(&name).await?, SMALL as u64),
        Kind::List => same(peer.list(&name).await? as u64, LISTED as u64),
        Kind::Upload => peer.upload(&name, Source::new(TRANSFER), job.in_flight).await,
        Kind::Download => same(peer.download(&name).await?, TRANSFER),
    }
}

fn same(got: u64, wanted: u64) -> Result<(), Problem> {
    if got == wanted { Ok(()) } else { Err(format!("{got} came of {wanted}").into()) }
}
