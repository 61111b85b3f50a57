//! The API of many tenants, for a server.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use hyper::body::Incoming;
use ossicle_api::Content;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::dispatch;
use crate::api_ports::BucketPorts;
use crate::health::Readiness;
use crate::server::{Application, Exchange, OutgoingBody, Peer, Shared};
use crate::tenancy::LiveTenants;
use crate::ui::Policy;

/// How often the config is looked at for changes: as often as other files are.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The API of many tenants, with what is at the port beside it.
#[derive(Debug)]
pub struct ApiServer {
    pub(super) tenants: LiveTenants,
    readiness: Readiness,
    /// What the page for people may do.
    pub(super) page_policy: Policy,
}

impl ApiServer {
    /// Of these tenants.
    pub fn new(tenants: LiveTenants) -> Self {
        Self { tenants, readiness: Readiness::default(), page_policy: Policy::new(&[]) }
    }

    /// Whether the bucket of each tenant can be reached.
    pub(super) async fn is_ready(&self) -> bool {
        let present = self.tenants.present();
        self.readiness.look(present.tenants().map(|tenant| tenant.library().blobs()).collect()).await
    }
}

impl Application for ApiServer {
    type Content = Content<BucketPorts>;

    fn route(method: &Method, path: &str) -> &'static str {
        dispatch::route(method, path)
    }

    fn answer(
        shared: Arc<Shared<Self>>,
        peer: Peer,
        request: Request<Incoming>,
        exchange: Exchange,
    ) -> impl Future<Output = Response<OutgoingBody<Self::Content>>> + Send {
        dispatch::answer(shared, peer, request, exchange)
    }

    fn begin(shared: &Arc<Shared<Self>>, chores: &mut JoinSet<()>) {
        chores.spawn(watch(shared.application.tenants.clone()));
    }

    async fn end(&self, limit: Duration) {
        self.tenants.close(limit).await;
    }
}

/// Reads the config again whenever it has changed.
async fn watch(tenants: LiveTenants) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // What is wrong with it is logged, and counted.
        let _ = tenants.reload_if_changed().await;
    }
}
