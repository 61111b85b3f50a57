//! A tenant, and how it makes calls.

use super::named_queues::NamedQueues;
use super::pool::Pool;
use super::send::{Reply, entrust, supervise};
use super::turns::Turns;
use crate::admission::{Admission, PartSizes};
use crate::call::CallContext;
use crate::call::TimeLimit;
use crate::config::{Config, CredentialSource, Purpose, TemporaryCredentials};
use crate::egress::{ConnectionProblem, Egress, PooledClient};
use crate::engine::Engine;
use crate::error::{ConfigProblem, Error, Retirement};
use crate::instance::{self, Opening, Operation, Outcome, Start, Supplies, Ticket};
use crate::limits::Limits;
use crate::metrics::{Meter, Metrics};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

/// A tenant of an engine: a bucket with credentials and limits of its own. A clone is the same tenant.
///
/// Its instance of the component starts with the first call, serves calls at once and is dropped when it has been idle
/// for a while. It is replaced when it traps, computes for too long, or a call in it takes too long; calls that were
/// in it then fail with [`Error::Retired`], and the next ones get a fresh instance. No tenant notices another's.
#[derive(Clone)]
pub struct Tenant {
    pub(super) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(super) name: Arc<str>,
    pub(super) engine: Engine,
    pub(super) config: Config,
    pub(super) supplies: Arc<Supplies>,
    pub(super) purpose: Purpose,
    pub(super) egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) turns: Turns,
    pub(super) lock_queues: NamedQueues,
    pub(super) pool: Pool,
}

impl Tenant {
    /// Its name, as logs have it.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its config.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Hands over credentials, in place of those there were; calls from now on have them. Before the first call and
    /// ahead of each end, where the config's source is [`CredentialSource::Host`].
    ///
    /// Fails with [`Error::Config`] where it is another.
    pub fn supply_credentials(&self, given: TemporaryCredentials) -> Result<(), Error> {
        if !matches!(self.inner.config.credentials.innermost(), CredentialSource::Host) {
            let reason = "are not handed over by the host in this config";
            return Err(ConfigProblem::new("credentials", reason).into());
        }
        self.inner.supplies.give(given);
        Ok(())
    }

    /// Its pooled client without the component.
    #[doc(hidden)]
    pub fn pooled_client(&self) -> PooledClient {
        PooledClient::new(self.inner.egress.clone())
    }

    /// Why the last connection to each place that its requests go to could not be made, where it could not: for who looks
    /// into an error of the kind [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) without an answer.
    pub fn connection_problems(&self) -> Vec<ConnectionProblem> {
        self.inner.egress.connection_problems()
    }

    /// What it did so far.
    pub fn metrics(&self) -> Metrics {
        self.inner.meter.snapshot()
    }

    /// Has the next call begin in a fresh instance, and returns when the calls in the present one have ended.
    pub async fn recycle(&self) {
        self.inner.pool.retire_present(Retirement::Replaced).await;
    }

    /// Takes no more calls, which fail with [`Error::Closed`], as do those that wait for their turn; and returns when those in
    /// flight have ended, whichever instance they are in. Writers count as calls.
    pub async fn close(&self) {
        self.inner.turns.close();
        self.inner.pool.retire_all(Retirement::Closed).await;
    }

    /// As [`Tenant::close`], but after so long what is in flight is stopped: calls then fail with [`Error::Retired`], for
    /// whether they took effect is unknown. At once where the limit is zero. Tells whether everything ended before.
    pub async fn close_within(&self, limit: Duration) -> bool {
        self.inner.turns.close();
        let inner = Arc::clone(&self.inner);
        let closing = async move { inner.pool.retire_all_within(limit, Retirement::Closed).await };
        // A runtime that is shutting down stops everything as well.
        self.spawn(closing).await.unwrap_or(false)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The queues of those who wait for its locks.
    pub(crate) fn lock_queues(&self) -> &NamedQueues {
        &self.inner.lock_queues
    }

    /// Starts a task on the engine's runtime.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.inner.spawn(task)
    }

    /// Where room for what calls hold is counted.
    pub(crate) fn admission(&self) -> &Arc<Admission> {
        self.inner.turns.admission()
    }

    /// How large the parts of its uploads are.
    pub(crate) fn part_sizes(&self) -> PartSizes {
        self.inner.purpose.part_sizes()
    }

    /// Makes a call. The caller's future needs no runtime and can be dropped.
    pub(crate) async fn call<C: Operation>(self, call: C) -> Result<C::Output, Error> {
        let context = self.context(&call);
        let span = self.span(&call, &context);
        match entrust(&self.inner, call, &context, &span) {
            // An instance's end does not decide a call in its care.
            Ok(waiting) => match waiting.instrument(span).await {
                Outcome::Done(result) => result,
                Outcome::Untouched(_) => Err(Error::Closed),
                Outcome::Lost => Err(Error::Retired { reason: Retirement::Closed }),
            },
            Err(call) => self.supervised(call, None, context, span).await,
        }
    }

    /// Makes a call in an instance where something of the caller's is.
    pub(crate) async fn call_within<C: Operation>(self, call: C, ticket: Arc<Ticket>) -> Result<C::Output, Error> {
        let context = self.context(&call);
        let span = self.span(&call, &context);
        self.supervised(call, Some(ticket), context, span).await
    }

    /// Has a call seen through by a task of the engine's runtime.
    async fn supervised<C: Operation>(
        &self,
        call: C,
        within: Option<Arc<Ticket>>,
        context: Arc<CallContext>,
        span: Span,
    ) -> Result<C::Output, Error> {
        let (reply, replied) = Reply::new();
        self.spawn(supervise(Arc::clone(&self.inner), call, within, context, reply).instrument(span));
        // It always replies.
        replied.await.unwrap_or(Err(Error::Retired { reason: Retirement::Closed }))
    }

    fn context<C: Operation>(&self, call: &C) -> Arc<CallContext> {
        // What a stream reads goes to its caller as it comes.
        let keeps_responses = !matches!(call.time_limit(), TimeLimit::Stream(_));
        CallContext::new(call.upload(), keeps_responses.then(|| Arc::clone(self.admission())))
    }

    fn span<C: Operation>(&self, call: &C, context: &CallContext) -> Span {
        let (id, tenant) = (context.id(), self.name());
        tracing::info_span!("call", id, tenant, operation = C::OPERATION, key = ?call.key())
    }
}

impl Inner {
    /// Starts a task on the engine's runtime.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.engine.shared().runtime().spawn(task)
    }

    /// Enters the present instance, or a fresh one where that takes no more calls.
    pub(crate) fn enter(&self) -> Result<Ticket, Error> {
        let mut instances = self.pool.instances();
        let generation = self.engine.shared().generation(self.purpose.interface())?;
        if let Some(present) = instances.present() {
            if present.generation != generation.number {
                present.retire(Retirement::Replaced);
            } else if let Some(ticket) = present.enter(self.limits.calls_per_instance, self.limits.age) {
                return Ok(ticket);
            }
        }
        if self.turns.is_closed() {
            return Err(Error::Closed);
        }
        let (fresh, ticket) = instance::start(Start {
            engine: Arc::clone(self.engine.shared()),
            generation,
            egress: self.egress.clone(),
            limits: Arc::clone(&self.limits),
            meter: Arc::clone(&self.meter),
            supplies: Arc::clone(&self.supplies),
            admission: Arc::clone(self.turns.admission()),
            opening: self.opening(),
            tenant: Arc::clone(&self.name),
        });
        instances.replace(Some(fresh));
        // A fresh instance takes its first call.
        ticket.ok_or(Error::Closed)
    }

    /// Changes whenever something of the tenant's moves.
    pub(crate) fn pace(&self) -> (u64, u64) {
        (self.meter.traffic(), self.turns.admission().moved())
    }

    fn opening(&self) -> Opening {
        match &self.purpose {
            Purpose::Certificates => Opening::Certificates(self.config.clone()),
            Purpose::Blobs(options) => Opening::Blobs(self.config.clone(), options.to_wit()),
            Purpose::Parameters(parameters) => Opening::Parameters(parameters.exposed()),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(present) = self.pool.instances().present() {
            present.retire(Retirement::Closed);
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("name", &self.inner.name)
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}
