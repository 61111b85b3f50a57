//! A tenant: a bucket, its limits, its connections, and an instance of the component that keeps none of another's.

use crate::blobs::{BlobOptions, Parameters};
use crate::certificates::Certificates;
use crate::config::{Config, CredentialSource, TemporaryCredentials};
use crate::egress::{ConnectionProblem, Connector, Door, Egress, PooledClient};
use crate::engine::{Engine, Interface};
use crate::error::{ConfigProblem, Error, Retirement};
use crate::instance::{self, Call, Fate, Instance, Opening, Start, Supplies, Ticket};
use crate::limits::Limits;
use crate::lock::Lines;
use crate::metrics::{Meter, Metrics};
use crate::supervisor::{Outcome, entrust, supervise};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

/// A tenant of an engine: a bucket with credentials and limits of its own. A clone is the same tenant.
///
/// Its instance of the component starts with the first call, serves calls at once and is dropped when it has been idle
/// for a while. It is replaced when it traps, computes for too long, or a call in it takes too long; calls that were
/// in it then fail with [`Error::Retired`], and the next ones get a fresh instance. No tenant notices another's.
#[derive(Clone)]
pub struct Tenant {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    name: Arc<str>,
    engine: Engine,
    config: Config,
    supplies: Arc<Supplies>,
    purpose: Purpose,
    egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) turns: Arc<Semaphore>,
    lines: Lines,
    instance: Mutex<Option<Arc<Instance>>>,
}

/// What a tenant's instances open.
pub(crate) enum Purpose {
    Certificates,
    Blobs(BlobOptions),
    Parameters(Parameters),
}

impl Purpose {
    /// What a component has to export for it.
    pub(crate) fn interface(&self) -> Interface {
        match self {
            Self::Certificates => Interface::CertStorage,
            Self::Blobs(_) | Self::Parameters(_) => Interface::BlobDriver,
        }
    }
}

impl Tenant {
    pub(crate) fn new(
        engine: &Engine,
        name: &str,
        config: Config,
        purpose: Purpose,
        limits: Limits,
    ) -> Result<Self, Error> {
        let origin = config.origin()?;
        let meter = Arc::new(Meter::default());
        let shared = engine.shared();
        let bucket = Door { reach: origin.reach(&config.endpoint), origin, paths: None };
        let mut doors = Vec::with_capacity(2);
        for door in std::iter::once(bucket).chain(config.credentials.doors()?) {
            let tls = if door.origin.secure { Some(shared.trust().client()?) } else { None };
            let connector = Connector::new(door.reach, shared.bindings(), tls, Arc::clone(&meter));
            doors.push((door, connector));
        }
        let egress = Egress::new(doors, &limits, Arc::clone(&meter));
        let supplies = Arc::new(Supplies::new(&config.credentials));
        let turns = Arc::new(Semaphore::new(limits.calls.clamp(1, Semaphore::MAX_PERMITS)));
        let inner = Inner {
            name: Arc::from(name),
            engine: engine.clone(),
            config,
            supplies,
            purpose,
            egress,
            limits: Arc::new(limits),
            meter,
            turns,
            lines: Lines::default(),
            instance: Mutex::new(None),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Its name, as logs have it.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its config.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Its certificate storage.
    pub fn certificates(&self) -> Certificates {
        Certificates::new(self.clone())
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
        self.inner.let_go(Retirement::Replaced).await;
    }

    /// Takes no more calls, which fail with [`Error::Closed`], and returns when those in flight have ended.
    pub async fn close(&self) {
        self.inner.turns.close();
        self.inner.let_go(Retirement::Closed).await;
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The lines of those who wait for its locks.
    pub(crate) fn lines(&self) -> &Lines {
        &self.inner.lines
    }

    /// Starts a task on the engine's runtime.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.inner.spawn(task)
    }

    /// Makes a call. The caller's future needs no runtime and can be dropped.
    pub(crate) async fn call<C: Call>(self, call: C) -> Result<C::Output, Error> {
        let span = self.span(&call);
        match entrust(&self.inner, call, &span) {
            // An instance's end does not decide a call in its care.
            Ok(waiting) => match waiting.instrument(span).await {
                Fate::Done(result) => result,
                Fate::Untouched(_) => Err(Error::Closed),
                Fate::Lost => Err(Error::Retired { reason: Retirement::Closed }),
            },
            Err(call) => self.supervised(call, None, span).await.result,
        }
    }

    /// Makes a call, in the instance where the caller stays already if there is one, and tells which stay is the call's own.
    pub(crate) async fn call_and_stay<C: Call>(self, call: C, within: Option<Arc<Ticket>>) -> Outcome<C::Output> {
        let span = self.span(&call);
        self.supervised(call, within, span).await
    }

    /// Has a call seen through by a task of the engine's runtime.
    async fn supervised<C: Call>(&self, call: C, within: Option<Arc<Ticket>>, span: Span) -> Outcome<C::Output> {
        let (answer, answered) = oneshot::channel();
        self.spawn(supervise(Arc::clone(&self.inner), call, within, answer).instrument(span));
        answered.await.unwrap_or(Outcome { result: Err(Error::Closed), stay: None })
    }

    fn span<C: Call>(&self, call: &C) -> Span {
        tracing::info_span!("call", tenant = self.name(), operation = C::OPERATION, key = ?call.key())
    }
}

impl Inner {
    /// Starts a task on the engine's runtime.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.engine.shared().runtime().spawn(task)
    }

    /// Enters the present instance, or a fresh one where that takes no more calls.
    pub(crate) fn enter(&self) -> Result<Ticket, Error> {
        let mut slot = self.instance.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.engine.shared().generation(self.purpose.interface())?;
        if let Some(present) = &*slot {
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
            opening: self.opening(),
            tenant: Arc::clone(&self.name),
        });
        *slot = Some(fresh);
        // A fresh instance takes its first call.
        ticket.ok_or(Error::Closed)
    }

    fn opening(&self) -> Opening {
        match &self.purpose {
            Purpose::Certificates => Opening::Certificates(self.config.clone()),
            Purpose::Blobs(options) => Opening::Blobs(self.config.clone(), options.to_wit()),
            Purpose::Parameters(parameters) => Opening::Parameters(parameters.to_wit()),
        }
    }

    async fn let_go(&self, reason: Retirement) {
        let present = self.instance.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(present) = present {
            present.retire(reason);
            present.ended().await;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let slot = self.instance.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(present) = slot.take() {
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
