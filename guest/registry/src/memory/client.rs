//! A driver over a bucket in memory, and the clock and the random numbers that go with it.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::objects::Bucket;
use super::{Fault, Operation, Request};
use crate::ports::{Clock, Entropy, OssTime, StorageError, StorageErrorKind};

/// When the clock starts: 2026-11-26T18:10:50Z.
const START: Duration = Duration::from_secs(1_795_716_650);

type Faults = Box<dyn FnMut(&Request) -> Option<Fault> + Send>;

type Undeletable = Box<dyn FnMut(&str) -> bool + Send>;

struct Shared {
    bucket: Mutex<Bucket>,
    requests: Mutex<Vec<Request>>,
    faults: Mutex<Option<Faults>>,
    undeletable: Mutex<Option<Undeletable>>,
    interleaves: AtomicBool,
    breaks: Mutex<Option<usize>>,
    elapsed: AtomicU64,
    random: AtomicU64,
    part_size: usize,
}

/// A driver over a bucket in memory. Clones share the bucket, the clock and the records, as the processes of one registry
/// do.
#[derive(Clone)]
pub struct Driver {
    shared: Arc<Shared>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl Driver {
    /// An empty bucket. Uploads have parts of this size.
    pub fn new(part_size: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                bucket: Mutex::default(),
                requests: Mutex::default(),
                faults: Mutex::default(),
                undeletable: Mutex::default(),
                interleaves: AtomicBool::new(false),
                breaks: Mutex::default(),
                elapsed: AtomicU64::new(0),
                random: AtomicU64::new(1),
                part_size,
            }),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.shared.elapsed.fetch_add(by.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Decides from now on what goes wrong with each request.
    pub fn set_faults(&self, faults: impl FnMut(&Request) -> Option<Fault> + Send + 'static) {
        *self.shared.faults.lock().unwrap() = Some(Box::new(faults));
    }

    /// Lets nothing go wrong from now on.
    pub fn clear_faults(&self) {
        *self.shared.faults.lock().unwrap() = None;
        *self.shared.undeletable.lock().unwrap() = None;
    }

    /// Decides from now on which files OSS leaves when several are deleted by one request.
    pub fn set_undeletable(&self, undeletable: impl FnMut(&str) -> bool + Send + 'static) {
        *self.shared.undeletable.lock().unwrap() = Some(Box::new(undeletable));
    }

    /// Lets each request wait from now on until its future is polled again, so that a test can have others come before it.
    pub fn interleave(&self) {
        self.shared.interleaves.store(true, Ordering::Relaxed);
    }

    /// Lets what is opened from now on break off after so many bytes.
    pub fn break_reads_after(&self, bytes: Option<usize>) {
        *self.shared.breaks.lock().unwrap() = bytes;
    }

    /// The requests since the last call of this method.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.shared.requests.lock().unwrap())
    }

    /// The content of a file, without a request.
    pub fn content(&self, path: &str) -> Option<Bytes> {
        self.bucket().objects.get(path).map(|object| object.content.clone())
    }

    /// The paths of all files, without a request.
    pub fn paths(&self) -> Vec<String> {
        self.bucket().objects.keys().cloned().collect()
    }

    /// How many uploads are neither committed nor cancelled, without a request.
    pub fn open_uploads(&self) -> usize {
        self.bucket().uploads.len()
    }

    /// Puts a file as another program does, without a request.
    pub fn plant(&self, path: &str, content: impl Into<Bytes>) {
        let now = self.oss_time();
        self.bucket().insert(path, content.into(), now);
    }

    /// Removes a file as another program does, without a request.
    pub fn uproot(&self, path: &str) {
        self.bucket().objects.remove(path);
    }

    /// The time by OSS's clock.
    pub fn oss_time(&self) -> OssTime {
        OssTime(self.now().as_secs())
    }

    pub(super) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.shared.bucket.lock().unwrap()
    }

    pub(super) fn breaks(&self) -> Option<usize> {
        *self.shared.breaks.lock().unwrap()
    }

    pub(super) fn is_undeletable(&self, path: &str) -> bool {
        self.shared.undeletable.lock().unwrap().as_mut().is_some_and(|undeletable| undeletable(path))
    }

    pub(super) fn part_size(&self) -> usize {
        self.shared.part_size
    }

    async fn wait_for_turn(&self) {
        let mut waits = self.shared.interleaves.load(Ordering::Relaxed);
        std::future::poll_fn(|context| {
            if !std::mem::take(&mut waits) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Sends one request: records it, lets what it does happen unless a fault forbids it, and gives its result unless a fault
    /// loses that.
    pub(super) async fn send<T>(
        &self,
        operation: Operation,
        path: &str,
        effect: impl FnOnce(&mut Bucket, OssTime) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.wait_for_turn().await;
        let request = Request { operation, path: path.to_owned() };
        let fault = self.shared.faults.lock().unwrap().as_mut().and_then(|faults| faults(&request));
        self.shared.requests.lock().unwrap().push(request);
        let (kind, undecided) = match fault {
            Some(Fault::RequestLost) => (StorageErrorKind::Unavailable, true),
            Some(Fault::Refused) => (StorageErrorKind::Unavailable, false),
            Some(Fault::ResponseLost) => {
                let _lost = effect(&mut self.bucket(), self.oss_time());
                (StorageErrorKind::Unavailable, true)
            }
            None => return effect(&mut self.bucket(), self.oss_time()),
        };
        Err(StorageError { kind, message: format!("{operation:?} of {path}: {fault:?}"), date: None, undecided })
    }
}

impl Clock for Driver {
    fn now(&self) -> Duration {
        START + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.shared.elapsed.load(Ordering::Relaxed))
    }

    async fn sleep(&self, length: Duration) {
        self.advance(length);
    }
}

impl Entropy for Driver {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            // A full-period step of the SplitMix64 generator: distinct, and the same in each run.
            let mut z = self.shared.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Runs a future of a core over this driver, which never waits for anything outside of itself.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
    }
}
