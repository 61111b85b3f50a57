//! What a connection of HTTP/2 is used for, and whether its client still takes what it asked for.
//!
//! A client may leave one stream alone and go on with others, or only answer pings: the connection itself then shows nothing.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::pace::{Pace, PaceLimit};

/// How often clients are looked after that take nothing.
const TICK: Duration = Duration::from_secs(1);

/// What a connection is used for.
#[derive(Debug)]
pub(super) struct Usage {
    limit: PaceLimit,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The next exchange has this number.
    next: u64,
    /// The exchanges under way, and how fast their clients take the response's body.
    exchanges: BTreeMap<u64, Pace>,
    /// When the last exchange ended, or the connection began.
    ended: Instant,
}

/// A request and its response, from its begin to the end of the response's body.
#[derive(Debug)]
pub(super) struct Exchanging {
    usage: Arc<Usage>,
    number: u64,
}

impl Usage {
    pub fn new(limit: PaceLimit) -> Self {
        let state = State { next: 0, exchanges: BTreeMap::new(), ended: Instant::now() };
        Self { limit, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has come.
    pub fn begin(self: &Arc<Self>) -> Exchanging {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.exchanges.insert(number, Pace::new(self.limit));
        Exchanging { usage: self.clone(), number }
    }

    /// Waits until there was no exchange for so long.
    pub async fn idle_for(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            let due = {
                let state = self.state();
                if state.exchanges.is_empty() { state.ended + limit } else { now + limit }
            };
            if due <= now {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    /// Waits until a client takes too little of a body.
    pub async fn stalled(&self) {
        loop {
            tokio::time::sleep(TICK.min(self.limit.idle)).await;
            let now = Instant::now();
            if self.state().exchanges.values().any(|pace| pace.is_over(now)) {
                return;
            }
        }
    }
}

impl Exchanging {
    fn with_pace(&self, change: impl FnOnce(&mut Pace)) {
        if let Some(pace) = self.usage.state().exchanges.get_mut(&self.number) {
            change(pace);
        }
    }
}

impl Drop for Exchanging {
    fn drop(&mut self) {
        let mut state = self.usage.state();
        state.exchanges.remove(&self.number);
        state.ended = Instant::now();
    }
}

/// The body of a response, which is polled for more only as its client takes what came before.
#[derive(Debug)]
pub(super) struct TakenBody<B> {
    body: B,
    exchanging: Exchanging,
    /// How many bytes the last piece had.
    given: usize,
}

impl<B> TakenBody<B> {
    pub fn new(body: B, exchanging: Exchanging) -> Self {
        Self { body, exchanging, given: 0 }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for TakenBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let taken = std::mem::take(&mut this.given);
        this.exchanging.with_pace(|pace| pace.moved(Instant::now(), taken));
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            this.given = frame.data_ref().map_or(0, Bytes::len);
            this.exchanging.with_pace(|pace| {
                pace.waits(Instant::now());
            });
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
