//! What the connections of a server share.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::metrics::Metrics;
use super::settings::ServerSettings;

/// More requests than there can be: [`ServerSettings::connections`] with some hundred each.
const REQUESTS: u32 = 1 << 24;

/// What the connections of a server share.
#[derive(Debug)]
pub struct Shared<A> {
    pub(crate) application: A,
    pub(crate) settings: ServerSettings,
    pub(crate) metrics: Arc<Metrics>,
    /// A permit for each request that goes on without its connection.
    requests: Arc<Semaphore>,
    /// True once the server is to stop.
    pub(crate) stopping: watch::Sender<bool>,
}

impl<A> Shared<A> {
    pub(super) fn new(application: A, settings: ServerSettings) -> Self {
        Self {
            application,
            settings,
            metrics: Arc::default(),
            requests: Arc::new(Semaphore::new(REQUESTS as usize)),
            stopping: watch::Sender::new(false),
        }
    }

    /// Marks a request as under way, for as long as what is returned lives, whether or not its connection does.
    pub(crate) async fn request_begins(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.requests.clone().acquire_owned().await.ok()
    }

    /// Waits until no request is under way.
    pub(super) async fn requests_ended(&self) {
        let _all = self.requests.acquire_many(REQUESTS).await;
    }

    /// How many requests are under way.
    pub(super) fn requests_left(&self) -> usize {
        (REQUESTS as usize).saturating_sub(self.requests.available_permits())
    }
}

/// Waits until the server is to stop, or is gone.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error says that nobody is left who could tell.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
