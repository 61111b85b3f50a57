//! How many requests a tenant has at once.
//!
//! A request has its turn until its response has come. A long body may be read for hours, as slowly as its caller likes, so
//! it exchanges its request's turn for one of those that long bodies have for themselves: readers who stop do not stop what
//! else the tenant does.

use crate::call::CallContext;
use std::sync::Arc;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A body that is announced as no longer than this comes with its head, mostly.
const SHORT: u64 = 16 << 10;

#[derive(Debug)]
pub(super) struct Permits {
    requests: Arc<Semaphore>,
    long_bodies: Arc<Semaphore>,
}

/// A request's turn, and whose it is.
pub(crate) struct RequestPermit {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) call: Option<Arc<CallContext>>,
}

impl Permits {
    pub(super) fn new(requests: usize, long_bodies: usize) -> Self {
        let semaphore = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Self { requests: semaphore(requests), long_bodies: semaphore(long_bodies) }
    }

    /// Waits for a request's turn. Fails when the tenant sends no more.
    pub(super) async fn turn(&self, call: Option<Arc<CallContext>>) -> Result<RequestPermit, AcquireError> {
        let permit = match Arc::clone(&self.requests).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = call.as_ref().map(|call| call.wait());
                Arc::clone(&self.requests).acquire_owned().await?
            }
        };
        Ok(RequestPermit { permit, call })
    }

    /// What a body of this length holds while it is read. Where too many long ones are open, it keeps its request's turn.
    pub(super) fn for_body(&self, turn: OwnedSemaphorePermit, length: Option<u64>) -> OwnedSemaphorePermit {
        match length {
            Some(length) if length <= SHORT => turn,
            _ => Arc::clone(&self.long_bodies).try_acquire_owned().unwrap_or(turn),
        }
    }
}
