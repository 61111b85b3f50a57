//! What a client asks before it signs: it keeps temporary credentials, renews them ahead of their end and lets one call
//! fetch for all that wait.
//!
//! Times are measured on the monotonic clock from the moment the credentials came, by the giver's own clock where it states
//! one, so that a wrong clock here costs nothing.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use zeroize::Zeroizing;

use super::access_key::Credentials;
use super::exchange::Failure;
use super::gate::Gate;
use super::source::{Source, check_token};
use super::temporary::{Fetched, Temporary};
use crate::error::ConfigProblem;
use crate::ports::{Clock, Ports};

/// How long before their end credentials are renewed: a fifth of their life, but no more than this.
const AHEAD: Duration = Duration::from_secs(15 * 60);
/// How long before their end they are no longer used.
const MARGIN: Duration = Duration::from_secs(10);
/// How long a call that renews ahead waits before it goes on with what it has.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long after a renewal ahead failed the next is tried.
const BACKOFF: Duration = Duration::from_secs(60);

/// Credentials to sign one request with.
#[derive(Clone)]
pub(crate) struct Lease {
    pub credentials: Arc<Credentials>,
    /// Counts the credentials that a provider has had.
    pub generation: u64,
}

struct Held {
    lease: Lease,
    renew_at: Duration,
    ends_at: Duration,
}

/// The credentials of one client.
pub struct Provider {
    source: Source,
    token: RefCell<Zeroizing<String>>,
    held: RefCell<Option<Held>>,
    generation: Cell<u64>,
    /// Held by the call that fetches.
    gate: Gate,
    /// How often a fetch came to an end, and how the last one failed if it did.
    rounds: Cell<u64>,
    failure: RefCell<Option<Failure>>,
}

enum State {
    Good(Lease),
    Due(Lease),
    Missing,
}

impl Provider {
    pub(crate) fn new(source: Source) -> Self {
        let mut provider = Self {
            source,
            token: RefCell::default(),
            held: RefCell::default(),
            generation: Cell::new(0),
            gate: Gate::default(),
            rounds: Cell::new(0),
            failure: RefCell::default(),
        };
        match &provider.source {
            Source::Static(credentials) => {
                let fetched = Fetched { credentials: credentials.clone(), lifetime: None };
                provider.hold(fetched, Duration::ZERO);
            }
            Source::Sts(_, token) => provider.token = RefCell::new(token.clone()),
            Source::Metadata(_) | Source::Host => {}
        }
        provider
    }

    /// Credentials that hold, fetched if there are none.
    pub(crate) async fn lease(&self, ports: &impl Ports) -> Result<Lease, Failure> {
        match self.state(ports) {
            State::Good(lease) => Ok(lease),
            State::Due(lease) => {
                // One call renews; the others go on with what there is.
                let Some(_gate) = self.gate.try_enter() else { return Ok(lease) };
                let fetch = pin!(self.fetch(ports));
                match select(fetch, pin!(ports.sleep(PATIENCE))).await {
                    Either::Left((Ok(fresh), _)) => Ok(fresh),
                    Either::Left((Err(_), _)) | Either::Right(_) => {
                        self.put_off(lease.generation, ports.monotonic());
                        Ok(lease)
                    }
                }
            }
            State::Missing => {
                let round = self.rounds.get();
                let _gate = self.gate.enter(ports).await;
                // What another call found out meanwhile is true for this one. (One that was broken off found nothing.)
                if self.rounds.get() != round {
                    if let State::Good(lease) | State::Due(lease) = self.state(ports) {
                        return Ok(lease);
                    }
                    if let Some(failure) = self.failure.borrow().clone() {
                        return Err(failure);
                    }
                }
                self.fetch(ports).await
            }
        }
    }

    /// Tells that OSS took the credentials of a lease for expired. False when there can't be others.
    pub(crate) fn refuse(&self, generation: u64) -> bool {
        if !self.is_renewed() {
            return false;
        }
        self.held.borrow_mut().take_if(|held| held.lease.generation == generation);
        true
    }

    /// Whether there can be other credentials later.
    pub(crate) fn is_renewed(&self) -> bool {
        !matches!(self.source, Source::Static(_))
    }

    /// Hands over credentials of the source [`Source::Host`], in place of those there were.
    ///
    /// # Errors
    /// When the config names another source, or these can't be credentials.
    pub fn supply(&self, clock: &impl Clock, given: Temporary) -> Result<(), ConfigProblem> {
        if !matches!(self.source, Source::Host) {
            return Err(ConfigProblem::new("credentials", "are not handed over by the host in this config"));
        }
        given.credentials.check()?;
        self.hold(given.measured(clock, None), clock.monotonic());
        Ok(())
    }

    /// Hands over a new token of an OpenID Connect provider, for the next time that credentials are fetched.
    ///
    /// # Errors
    /// When the config names another source, or this can't be a token.
    pub fn supply_token(&self, token: Zeroizing<String>) -> Result<(), ConfigProblem> {
        if !matches!(self.source, Source::Sts(..)) {
            return Err(ConfigProblem::new("credentials", "are not got with a token in this config"));
        }
        check_token(&token)?;
        self.token.replace(token);
        Ok(())
    }

    fn state(&self, clock: &impl Clock) -> State {
        let held = self.held.borrow();
        // What is given for good needs no clock, which is the host's to ask.
        let now = match &*held {
            Some(held) if held.renew_at < Duration::MAX => clock.monotonic(),
            _ => Duration::ZERO,
        };
        match &*held {
            Some(held) if now < held.renew_at => State::Good(held.lease.clone()),
            Some(held) if now < held.ends_at => State::Due(held.lease.clone()),
            Some(_) | None => State::Missing,
        }
    }

    async fn fetch(&self, ports: &impl Ports) -> Result<Lease, Failure> {
        let result = match &self.source {
            Source::Static(_) => Err(Failure::refused("the credentials were refused")),
            Source::Metadata(metadata) => metadata.fetch(ports).await,
            Source::Sts(sts, _) => {
                let token = self.token.borrow().clone();
                sts.fetch(ports, &token).await
            }
            Source::Host => match ports.credentials().await {
                Ok(given) => match given.credentials.check() {
                    Ok(()) => Ok(given.measured(ports, None)),
                    Err(problem) => Err(Failure::refused(format!("the host gave no credentials: {problem}"))),
                },
                // It may hand some over at any time.
                Err(message) => Err(Failure { later: true, ..Failure::refused(message) }),
            },
        };
        self.rounds.set(self.rounds.get().wrapping_add(1));
        self.failure.replace(result.as_ref().err().cloned());
        result.map(|fetched| self.hold(fetched, ports.monotonic()))
    }

    fn hold(&self, fetched: Fetched, now: Duration) -> Lease {
        self.generation.set(self.generation.get().wrapping_add(1));
        let lease = Lease { credentials: Arc::new(fetched.credentials), generation: self.generation.get() };
        let (renew_at, ends_at) = match fetched.lifetime {
            None => (Duration::MAX, Duration::MAX),
            Some(lifetime) => {
                let end = now.saturating_add(lifetime);
                (end.saturating_sub(AHEAD.min(lifetime / 5)), end.saturating_sub(MARGIN))
            }
        };
        self.held.replace(Some(Held { lease: lease.clone(), renew_at, ends_at }));
        lease
    }

    fn put_off(&self, generation: u64, now: Duration) {
        if let Some(held) = &mut *self.held.borrow_mut()
            && held.lease.generation == generation
        {
            held.renew_at = now.saturating_add(BACKOFF);
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("source", &self.source).finish_non_exhaustive()
    }
}
