//! What the connections of a server share.

use std::sync::Arc;

use http::HeaderValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::health::Readiness;
use super::metrics::Metrics;
use super::page;
use super::settings::ServerSettings;
use crate::tenant::Tenants;

/// More requests than there can be: [`ServerSettings::connections`] with some hundred each.
const REQUESTS: u32 = 1 << 24;

/// What the connections of a server share.
#[derive(Debug)]
pub(super) struct Shared {
    pub tenants: Tenants,
    pub settings: ServerSettings,
    pub metrics: Arc<Metrics>,
    pub readiness: Readiness,
    /// What the page for people may do; `None` if there is none.
    pub page_policy: Option<HeaderValue>,
    /// A permit for each request to a registry that is under way.
    requests: Arc<Semaphore>,
    /// True once the server is to stop.
    pub stopping: watch::Sender<bool>,
}

impl Shared {
    pub fn new(tenants: Tenants, settings: ServerSettings) -> Self {
        Self {
            page_policy: settings.page.then(|| page::policy(&tenants)),
            tenants,
            settings,
            metrics: Arc::default(),
            readiness: Readiness::default(),
            requests: Arc::new(Semaphore::new(REQUESTS as usize)),
            stopping: watch::Sender::new(false),
        }
    }

    /// Marks a request to a registry as under way, for as long as what is returned lives.
    pub async fn request_begins(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.requests.clone().acquire_owned().await.ok()
    }

    /// Waits until no request to a registry is under way.
    pub async fn requests_ended(&self) {
        let _all = self.requests.acquire_many(REQUESTS).await;
    }

    /// How many requests to registries are under way.
    pub fn requests_left(&self) -> usize {
        (REQUESTS as usize).saturating_sub(self.requests.available_permits())
    }
}

/// Waits until the server is to stop, or is gone.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error says that nobody is left who could tell.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
