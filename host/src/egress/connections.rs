//! The connections of one tenant.

use super::allow_list::Destination;
use super::connector::Connector;
use super::problem::ConnectionProblem;
use super::refusal::Refusal;
use super::request_body::RequestBody;
use crate::limits::Limits;
use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::Arc;
use std::time::Duration;

/// As much as the component takes at once: of more, what is left over would be a piece of its own.
const READ_AT_ONCE: usize = 256 << 10;

/// A pool smaller than the requests in flight would close and open connections all the time, for nothing.
const MIN_IDLE_CONNECTIONS: usize = 64;

/// A connection pool for each place that a tenant's requests may go to. Its clones are the same ones.
#[derive(Clone)]
pub(crate) struct Connections {
    routes: Arc<[Route]>,
    /// As many idle connections to a host are kept.
    most_idle: usize,
    /// For so long.
    idle: Duration,
}

/// The way to one place.
pub(super) struct Route {
    pub(super) destination: Destination,
    pub(super) connector: Connector,
    pub(super) client: Client<Connector, RequestBody>,
}

impl Connections {
    /// Each destination has connections of its own. The first one is that to the bucket.
    pub(crate) fn new(destinations: Vec<(Destination, Connector)>, limits: &Limits) -> Self {
        let (most_idle, idle) = (most_idle(limits), limits.idle_connection);
        let client = |connector| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(idle)
                .pool_max_idle_per_host(most_idle)
                .http1_max_buf_size(READ_AT_ONCE)
                .set_host(false)
                // Of a request that met a closing connection nothing was sent. What was sent is never repeated here: a
                // lock's release waits for the copies that the component knows of.
                .retry_canceled_requests(true)
                .build(connector)
        };
        let route = |(destination, connector): (Destination, Connector)| {
            let client = client(connector.clone());
            Route { destination, connector, client }
        };
        Self { routes: destinations.into_iter().map(route).collect(), most_idle, idle }
    }

    /// Whether these are the connections that a tenant with such destinations and limits needs.
    pub(crate) fn are_for(&self, destinations: &[Destination], limits: &Limits) -> bool {
        self.routes.iter().map(|route| &route.destination).eq(destinations)
            && (self.most_idle, self.idle) == (most_idle(limits), limits.idle_connection)
    }

    /// The way that a request goes, or why there is none.
    pub(super) fn of<B>(&self, request: &Request<B>) -> Result<&Route, Refusal> {
        let mut refusal = Refusal::Elsewhere;
        for route in self.routes.iter() {
            match route.destination.check(request) {
                Ok(()) => return Ok(route),
                Err(Refusal::Elsewhere) => {}
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }

    /// The way to the bucket.
    pub(super) fn bucket(&self) -> Option<&Route> {
        self.routes.first()
    }

    /// Why the last connection to each place could not be made, where it could not. That to the bucket comes first.
    pub(super) fn problems(&self) -> Vec<ConnectionProblem> {
        let problem = |(at, route): (usize, &Route)| {
            let host = route.destination.origin.host.clone();
            Some(ConnectionProblem { host, is_bucket: at == 0, cause: route.connector.problem()? })
        };
        self.routes.iter().enumerate().filter_map(problem).collect()
    }
}

fn most_idle(limits: &Limits) -> usize {
    limits.requests.max(MIN_IDLE_CONNECTIONS)
}
