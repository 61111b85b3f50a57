//! A tenant, and how it makes calls.

use super::named_queues::NamedQueues;
use crate::admission::PartSizes;
use crate::call::{CallContext, TimeLimit};
use crate::config::{Config, CredentialSource, TemporaryCredentials};
use crate::egress::{ConnectionProblem, PooledClient};
use crate::engine::{Engine, Interface};
use crate::error::{ConfigProblem, Error, RequestId, Retirement};
use crate::instance::{InstancePermit, Operation, Pending, Plan, Pool};
use crate::limits::Limits;
use crate::metrics::Metrics;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tracing::field;

/// A tenant of an engine: a bucket with credentials and limits of its own. A clone is the same tenant.
///
/// [`Tenant::certificates`], [`Tenant::blobs`] and [`Tenant::locks`] are handles to what is in the bucket. Connections, limits,
/// metrics and credentials are the tenant's, whichever of them is used.
///
/// An instance of a component starts with the first call for certificates or locks, and one with the first call for blobs. It
/// serves calls at once and is dropped when it has been idle for a while; where [`Limits::instances`] allows, others start
/// beside one that is saturated. It is replaced when it traps, computes for too long, or a call in it takes too long; calls
/// that were in it then fail with [`Error::Retired`], and the next ones get a fresh instance: at once, or up to a tenth of a
/// second later where one after the other fails. No tenant notices another's.
#[derive(Clone)]
pub struct Tenant {
    pub(super) inner: Arc<Inner>,
    /// What its calls are for.
    request: Option<RequestId>,
}

pub(crate) struct Inner {
    pub(super) engine: Engine,
    pub(super) lock_queues: Arc<NamedQueues>,
    pub(super) pool: Arc<Pool>,
}

impl Tenant {
    pub(super) fn of(inner: Arc<Inner>) -> Self {
        Self { inner, request: None }
    }

    /// The same tenant, whose calls are made for this request of the caller's. The id is in the span of each call
    /// (`request_id`), which all lines of the log about it and about its HTTP requests stand in, and, beside OSS's own id of the
    /// last request, in the error of a call that fails ([`Error::ids`]). Handles that are got from it, and what they open, such as
    /// a [`LockGuard`](crate::LockGuard) or a [`Writer`](crate::Writer), have it too.
    ///
    /// ```no_run
    /// # async fn example(tenant: ossicle::Tenant) -> Result<(), Box<dyn std::error::Error>> {
    /// let certificates = tenant.with_request_id("5f1c6a7e".parse()?).certificates();
    /// if let Err(error) = certificates.load("sites/example.com.crt").await {
    ///     let oss_request = error.ids().and_then(|ids| ids.oss_request.as_deref());
    ///     eprintln!("5f1c6a7e: {error}; OSS's request {oss_request:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_request_id(&self, id: RequestId) -> Self {
        Self { inner: Arc::clone(&self.inner), request: Some(id) }
    }

    /// Its name, as logs have it.
    pub fn name(&self) -> &str {
        &self.plan().tenant
    }

    /// The engine that it belongs to.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Its config; of [`Parameters`](crate::Parameters), what they say of where requests go.
    pub fn config(&self) -> &Config {
        &self.plan().resources.config
    }

    /// Replaces the tenant's credentials; later calls use the new ones. With [`CredentialSource::Host`], call this before
    /// the first call and before each expiry.
    ///
    /// Fails with [`Error::Config`] if the config's source is another.
    pub fn supply_credentials(&self, given: TemporaryCredentials) -> Result<(), Error> {
        if !matches!(self.config().credentials.innermost(), CredentialSource::Host) {
            let reason = "are not handed over by the host in this config";
            return Err(ConfigProblem::new("credentials", reason).into());
        }
        self.plan().supplies.give(given);
        Ok(())
    }

    /// Its pooled client without the component.
    #[doc(hidden)]
    pub fn pooled_client(&self) -> PooledClient {
        PooledClient::new(self.plan().egress.clone())
    }

    /// Why the last connection to each place that its requests go to could not be made, where it could not: for who looks
    /// into an error of the kind [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) without an answer.
    pub fn connection_problems(&self) -> Vec<ConnectionProblem> {
        self.plan().egress.connection_problems()
    }

    /// What it did so far.
    pub fn metrics(&self) -> Metrics {
        self.plan().meter.snapshot()
    }

    /// Has the next call begin in a fresh instance, and returns when the calls in the present one have ended.
    pub fn recycle(&self) -> impl Future<Output = ()> + Send + use<> {
        let pool = Arc::clone(&self.inner.pool);
        async move { pool.recycle().await }
    }

    /// Takes no more calls, which fail with [`Error::Closed`], as do those that wait for their turn; and returns when those in
    /// flight have ended, whichever instance they are in. Writers count as calls.
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<> {
        let pool = Arc::clone(&self.inner.pool);
        async move {
            pool.close();
            pool.ends().await;
        }
    }

    /// As [`Tenant::close`], but after so long what is in flight is stopped: calls then fail with [`Error::Retired`], for
    /// whether they took effect is unknown. At once where the limit is zero. Tells whether everything ended before.
    pub fn close_within(&self, limit: Duration) -> impl Future<Output = bool> + Send + use<> {
        let (tenant, pool) = (self.clone(), Arc::clone(&self.inner.pool));
        let closing = async move {
            pool.close();
            let ends = tokio::time::timeout(limit, pool.ends()).await.is_ok();
            if !ends {
                pool.stop(Retirement::Closed).await;
            }
            ends
        };
        // A runtime that is shutting down stops everything as well.
        async move { tenant.spawn(closing).await.unwrap_or(false) }
    }

    pub(super) fn plan(&self) -> &Plan {
        self.inner.pool.plan()
    }

    /// What it may take.
    pub fn limits(&self) -> &Limits {
        &self.plan().limits
    }

    /// The queues of those who wait for its locks.
    pub(crate) fn lock_queues(&self) -> &NamedQueues {
        &self.inner.lock_queues
    }

    /// Starts a task on the engine's runtime.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.inner.engine.shared().runtime().spawn(task)
    }

    /// How large the parts of its uploads are.
    pub(crate) fn part_sizes(&self) -> PartSizes {
        self.plan().resources.part_sizes(Interface::BlobDriver)
    }

    /// Makes a call. The caller's future needs no runtime and can be dropped.
    pub(crate) async fn call<C: Operation>(self, call: C) -> Result<C::Output, Error> {
        self.start(call).await
    }

    /// Makes a call in an instance where something of the caller's is.
    pub(crate) async fn call_within<C: Operation>(
        self,
        call: C,
        instance_permit: Arc<InstancePermit>,
    ) -> Result<C::Output, Error> {
        self.put(call, Some(&instance_permit)).await
    }

    /// Begins a call, or has it wait for its turn.
    pub(crate) fn start<C: Operation>(&self, call: C) -> Pending<C> {
        self.put(call, None)
    }

    fn put<C: Operation>(&self, call: C, within: Option<&InstancePermit>) -> Pending<C> {
        // What a stream reads goes to its caller as it comes.
        let keeps_responses = !matches!(call.time_limit(), TimeLimit::Stream(_));
        let request = self.request.clone();
        let context = CallContext::new(call.upload(), keeps_responses, request, |id| {
            tracing::info_span!(
                "call",
                id,
                otel.kind = "internal",
                tenant = self.name(),
                operation = C::OPERATION,
                key = ?call.key(),
                request_id = self.request.as_ref().map(RequestId::as_str),
                outcome = field::Empty,
                otel.status_code = field::Empty,
                error.type = field::Empty,
                oss.request_id = field::Empty,
            )
        });
        self.inner.pool.call(call, within, context)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nobody waits any more; what runs goes on to its end.
        self.pool.close();
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("name", &self.name()).field("config", self.config()).finish_non_exhaustive()
    }
}
