//! How many requests a tenant has at once.
//!
//! A request has its turn until its response has come. A long body may be read for hours, as slowly as its caller likes, so
//! it exchanges its request's turn for one of those that long bodies have for themselves: readers who stop do not stop what
//! else the tenant does.

use crate::call::CallContext;
use crate::metrics::{Counted, Gauge, Meter};
use std::sync::Arc;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A body that is announced as no longer than this comes with its head, mostly.
const SHORT: u64 = 16 << 10;

#[derive(Debug)]
pub(super) struct Permits {
    requests: Arc<Semaphore>,
    long_bodies: Arc<Semaphore>,
    meter: Arc<Meter>,
}

/// The turn of a request or of a long body.
pub(crate) struct Permit {
    _permit: OwnedSemaphorePermit,
    _running: Counted,
}

/// A request's turn, and whose it is.
pub(crate) struct RequestPermit {
    pub(super) permit: Permit,
    pub(super) call: Option<Arc<CallContext>>,
}

impl Permits {
    pub(super) fn new(requests: usize, long_bodies: usize, meter: Arc<Meter>) -> Self {
        let semaphore = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Self { requests: semaphore(requests), long_bodies: semaphore(long_bodies), meter }
    }

    /// Waits for a request's turn. Fails when the tenant sends no more.
    pub(super) async fn turn(&self, call: Option<Arc<CallContext>>) -> Result<RequestPermit, AcquireError> {
        let permit = match Arc::clone(&self.requests).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = (call.as_ref().map(|call| call.wait()), self.meter.count(Gauge::RequestsQueued));
                Arc::clone(&self.requests).acquire_owned().await?
            }
        };
        let permit = Permit { _permit: permit, _running: self.meter.count(Gauge::RequestsRunning) };
        Ok(RequestPermit { permit, call })
    }

    /// What a body of this length holds while it is read. Where too many long ones are open, it keeps its request's turn.
    pub(super) fn for_body(&self, turn: Permit, length: Option<u64>) -> Permit {
        let Permit { _permit: permit, _running: running } = turn;
        let permit = match length {
            Some(length) if length <= SHORT => permit,
            _ => Arc::clone(&self.long_bodies).try_acquire_owned().unwrap_or(permit),
        };
        Permit { _permit: permit, _running: running }
    }
}
