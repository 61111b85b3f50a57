//! The registries of a server.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use hyper::body::Incoming;
use ossicle_registry::Content;
use tokio::task::JoinSet;

use super::{dispatch, housekeeping, page, route};
use crate::health::Readiness;
use crate::ports::TenantPorts;
use crate::server::{Application, Exchange, OutgoingBody, Peer, Shared};
use crate::tenant::Tenants;
use crate::ui::Policy;

/// The registries of a server, with what is at the port beside them.
#[derive(Debug)]
pub struct Registries {
    pub(super) tenants: Tenants,
    readiness: Readiness,
    /// What the page for people may do; `None` if there is none.
    pub(super) page_policy: Option<Policy>,
}

impl Registries {
    /// Of these tenants, with the page for people at `/ui` or without it. Their blobs are those of one engine: `/metrics` tells
    /// what the tenants of the first one's have together.
    pub fn new(tenants: Tenants, has_page: bool) -> Self {
        let page_policy = has_page.then(|| page::policy(&tenants));
        Self { tenants, readiness: Readiness::default(), page_policy }
    }

    /// Whether the bucket of each tenant can be reached.
    pub(super) async fn is_ready(&self) -> bool {
        self.readiness.look(self.tenants.all().iter().map(|tenant| tenant.blobs().clone()).collect()).await
    }
}

impl Application for Registries {
    type Content = Content<TenantPorts>;

    fn route(_: &Method, path: &str) -> &'static str {
        route::kind(path)
    }

    fn answer(
        shared: Arc<Shared<Self>>,
        _: Peer,
        request: Request<Incoming>,
        exchange: Exchange,
    ) -> impl Future<Output = Response<OutgoingBody<Self::Content>>> + Send {
        dispatch::answer(shared, request, exchange)
    }

    fn begin(shared: &Arc<Shared<Self>>, chores: &mut JoinSet<()>) {
        for tenant in shared.application.tenants.all() {
            chores.spawn(housekeeping::suspend_idle(tenant.clone()));
            if let Some(purging) = tenant.purging() {
                chores.spawn(housekeeping::purge(tenant.clone(), purging.clone()));
            }
            if let Some(collecting) = tenant.collecting() {
                chores.spawn(housekeeping::collect(tenant.clone(), collecting.clone()));
            }
        }
    }

    /// Uploads in progress are put down in OSS, where another process can go on with them. A collection of garbage was given
    /// up wherever it was: its epoch then ends without further deletes, and the next collection, of any process, takes what it
    /// left.
    async fn end(&self, limit: Duration) {
        for tenant in self.tenants.all() {
            housekeeping::suspend(tenant, Duration::ZERO).await;
            tenant.blobs().tenant().close_within(limit).await;
        }
    }
}
