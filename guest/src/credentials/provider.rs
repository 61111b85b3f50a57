//! The credentials that a client signs with: keeps temporary ones, renews them before they expire, and lets one call fetch
//! for all that wait.
//!
//! Lifetimes run on the monotonic clock from arrival. The remaining time is computed from the service's `Date`; without one,
//! as for credentials from the host, from this machine's clock, and computed again when a service shows that this is wrong.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use zeroize::Zeroizing;

use super::access_key::Credentials;
use super::assumed_role::AssumedSession;
use super::exchange::Failure;
use super::fetch_mutex::FetchMutex;
use super::oidc_role::check_token;
use super::source::Source;
use super::temporary::{End, Fetched, Temporary};
use crate::error::ConfigProblem;
use crate::ports::{Clock, Ports};

/// How long before their end credentials are renewed: a fifth of their life, but no more than this.
const AHEAD: Duration = Duration::from_secs(15 * 60);
/// How long before their end they are no longer used.
const MARGIN: Duration = Duration::from_secs(10);
/// The minimum lifetime that is assumed for credentials. If they seem to expire sooner, the clock may be wrong, so they are
/// used anyway and OSS decides.
const SHORTEST: Duration = Duration::from_secs(60);
/// How long a call that renews credentials ahead waits before it continues with those it has.
const REFRESH_WAIT: Duration = Duration::from_secs(3);
/// How long after a renewal ahead failed the next is tried.
const BACKOFF: Duration = Duration::from_secs(60);

/// Credentials to sign one request with.
#[derive(Clone)]
pub(crate) struct ActiveCredentials {
    pub credentials: Arc<Credentials>,
    /// Counts the credentials that a provider has had.
    pub generation: u64,
    /// When they end, on the monotonic clock, where that is known.
    pub ends_at: Option<Duration>,
}

struct Held {
    active: ActiveCredentials,
    end: End,
    /// Another instance fetched it, and renews it.
    is_adopted: bool,
    renew_at: Duration,
    /// No longer used from then on.
    retire_at: Duration,
}

/// The credentials of one client.
pub struct Provider {
    source: Source,
    /// Of a role: what gives the access key that it is taken on with.
    base: Option<Box<Provider>>,
    /// Seconds to add to the system's clock, learnt from OSS and STS.
    skew: Cell<i64>,
    token: RefCell<Zeroizing<String>>,
    held: RefCell<Option<Held>>,
    generation: Cell<u64>,
    /// Held by the call that fetches.
    fetch_mutex: FetchMutex,
    /// How often a fetch came to an end, and how the last one failed if it did.
    rounds: Cell<u64>,
    failure: RefCell<Option<Failure>>,
}

enum State {
    Good(ActiveCredentials),
    Due(ActiveCredentials),
    Missing,
}

impl Provider {
    pub(crate) fn new(source: Source) -> Self {
        let base = match &source {
            Source::Role(base, _) => Some(Box::new(Self::new(Source::clone(base)))),
            _ => None,
        };
        let mut provider = Self {
            source,
            base,
            skew: Cell::new(0),
            token: RefCell::default(),
            held: RefCell::default(),
            generation: Cell::new(0),
            fetch_mutex: FetchMutex::default(),
            rounds: Cell::new(0),
            failure: RefCell::default(),
        };
        match &provider.source {
            Source::Static(credentials) => {
                let fetched = Fetched { credentials: credentials.clone(), end: End::Unknown };
                provider.hold(fetched, false, Duration::ZERO, 0);
            }
            Source::Oidc(_, token) => provider.token = RefCell::new(token.clone()),
            Source::Metadata(_) | Source::Host | Source::Role(..) => {}
        }
        provider
    }

    /// Credentials that can be used, fetched if there are none.
    pub(crate) async fn active(&self, ports: &impl Ports) -> Result<ActiveCredentials, Failure> {
        match self.state(ports) {
            State::Good(active) => Ok(active),
            State::Due(active) => {
                // One call renews; the others go on with what there is.
                let Some(_guard) = self.fetch_mutex.try_lock() else { return Ok(active) };
                let fetch = pin!(self.fetch(ports));
                match select(fetch, pin!(ports.sleep(REFRESH_WAIT))).await {
                    Either::Left((Ok(fresh), _)) => Ok(fresh),
                    Either::Left((Err(_), _)) | Either::Right(_) => {
                        self.put_off(active.generation, ports.monotonic());
                        Ok(active)
                    }
                }
            }
            State::Missing => {
                let round = self.rounds.get();
                let _guard = self.fetch_mutex.lock(ports).await;
                // What another call found out meanwhile is true for this one. (One that was broken off found nothing.)
                if self.rounds.get() != round {
                    if let State::Good(active) | State::Due(active) = self.state(ports) {
                        return Ok(active);
                    }
                    if let Some(failure) = self.failure.borrow().clone() {
                        return Err(failure);
                    }
                }
                self.fetch(ports).await
            }
        }
    }

    /// Notes that OSS rejected the credentials of this generation as expired. Returns false if there can't be others.
    pub(crate) fn refuse(&self, generation: u64) -> bool {
        if !self.is_renewed() {
            return false;
        }
        self.held.borrow_mut().take_if(|held| held.active.generation == generation);
        true
    }

    /// Whether there can be other credentials later.
    pub(crate) fn is_renewed(&self) -> bool {
        !matches!(self.source, Source::Static(_))
    }

    /// Replaces the credentials of the source [`Source::Host`]; later calls use the new ones.
    ///
    /// # Errors
    /// When the config names another source, or these can't be credentials.
    pub fn supply(&self, clock: &impl Clock, given: Temporary) -> Result<(), ConfigProblem> {
        if let Some(base) = &self.base {
            return base.supply(clock, given);
        }
        if !matches!(self.source, Source::Host) {
            return Err(ConfigProblem::new("credentials", "are not handed over by the host in this config"));
        }
        given.credentials.check()?;
        self.hold(given.measured(None), false, clock.monotonic(), self.now(clock).as_secs());
        Ok(())
    }

    /// Hands over a new token of an OpenID Connect provider, for the next time that credentials are fetched.
    ///
    /// # Errors
    /// When the config names another source, or this can't be a token.
    pub fn supply_token(&self, token: Zeroizing<String>) -> Result<(), ConfigProblem> {
        if let Some(base) = &self.base {
            return base.supply_token(token);
        }
        if !matches!(self.source, Source::Oidc(..)) {
            return Err(ConfigProblem::new("credentials", "are not got with a token in this config"));
        }
        check_token(&token)?;
        self.token.replace(token);
        Ok(())
    }

    /// What requests are signed with, for [`Provider::adopt`] of another instance: none where that fetches nothing, or where
    /// nothing was fetched yet. Its end is told by the system's clock as it is: what this instance has learnt of that clock the
    /// other one may not know.
    pub fn current(&self, clock: &impl Clock) -> Option<Temporary> {
        if !self.is_fetched() {
            return None;
        }
        let held = self.held.borrow();
        let active = &held.as_ref()?.active;
        let left = |end: Duration| end.saturating_sub(clock.monotonic()).saturating_add(clock.now()).as_secs();
        Some(Temporary { credentials: Credentials::clone(&active.credentials), expires: active.ends_at.map(left) })
    }

    /// Takes on what [`Provider::current`] of another instance gave, unless that has ended, or is what it has or ends before
    /// that. The other one
    /// renews it first, and this one only where that has not happened when half of the time for it is over.
    ///
    /// # Errors
    /// When the config's source fetches nothing, or these can't be credentials.
    pub fn adopt(&self, clock: &impl Clock, given: Temporary) -> Result<(), ConfigProblem> {
        if !self.is_fetched() {
            return Err(ConfigProblem::new("credentials", "are not fetched in this config"));
        }
        given.credentials.check()?;
        let (now, time) = (clock.monotonic(), clock.now().as_secs());
        let left = given.expires.map(|expires| Duration::from_secs(expires.saturating_sub(time)));
        let has_ended = left.is_some_and(|left| left <= MARGIN);
        let is_held = |held: &Held| {
            let is_later = held.active.ends_at.zip(left).is_some_and(|(own, left)| own >= now.saturating_add(left));
            is_later || held.active.credentials.access_key_id == given.credentials.access_key_id
        };
        if has_ended || self.held.borrow().as_ref().is_some_and(is_held) {
            return Ok(());
        }
        // By the same clock as it was told, right or wrong: nothing of it is to be measured again.
        self.hold(given.measured(Some(time)), true, now, time);
        Ok(())
    }

    /// Whether it sends requests for credentials.
    fn is_fetched(&self) -> bool {
        !matches!(self.source, Source::Static(_) | Source::Host)
    }

    /// The time since 1970 by the system's clock, as far as that is known to be right.
    pub(crate) fn now(&self, clock: &impl Clock) -> Duration {
        let skew = Duration::from_secs(self.skew.get().unsigned_abs());
        let now = clock.now();
        if self.skew.get() < 0 { now.saturating_sub(skew) } else { now.saturating_add(skew) }
    }

    /// How many seconds are added to the system's clock.
    pub(crate) fn skew(&self) -> i64 {
        self.skew.get()
    }

    /// Sets the clock by what a service says that the time is, in seconds since 1970.
    pub(crate) fn set_clock(&self, clock: &impl Clock, time: u64) {
        let own = i64::try_from(clock.now().as_secs()).unwrap_or(0);
        self.skew.set(i64::try_from(time).unwrap_or(i64::MAX).saturating_sub(own));
        if let Some(base) = &self.base {
            base.set_clock(clock, time);
        }
        self.measure_again(clock, time);
    }

    /// Works out the life of credentials that was measured by this machine's clock again, as the time turns out to be
    /// another: with a clock an hour ahead each would seem to have expired.
    pub(crate) fn measure_again(&self, clock: &impl Clock, time: u64) {
        if let Some(held) = &mut *self.held.borrow_mut()
            && matches!(held.end, End::At(_))
        {
            held.measure(clock.monotonic(), time);
        }
    }

    fn state(&self, clock: &impl Clock) -> State {
        let held = self.held.borrow();
        // What is given for good needs no clock, which is the host's to ask.
        let now = match &*held {
            Some(held) if held.renew_at < Duration::MAX => clock.monotonic(),
            _ => Duration::ZERO,
        };
        match &*held {
            Some(held) if now < held.renew_at => State::Good(held.active.clone()),
            Some(held) if now < held.retire_at => State::Due(held.active.clone()),
            Some(_) | None => State::Missing,
        }
    }

    async fn fetch(&self, ports: &impl Ports) -> Result<ActiveCredentials, Failure> {
        let result = match &self.source {
            Source::Static(_) => Err(Failure::refused("the credentials were refused")),
            Source::Metadata(metadata) => metadata.fetch(ports).await,
            Source::Oidc(session, _) => {
                let token = self.token.borrow().clone();
                let redact = |text: &str| text.replace(token.as_str(), "[redacted]");
                let told = self.at_sts(ports, &session.role, &|now| session.call(&token, now), &redact).await;
                told.map_err(|no| no.failure)
            }
            Source::Role(_, session) => self.assume(ports, session).await,
            Source::Host => match ports.credentials().await {
                Ok(given) => match given.credentials.check() {
                    Ok(()) => Ok(given.measured(None)),
                    Err(problem) => Err(Failure::refused(format!("the host gave no credentials: {problem}"))),
                },
                // It may hand some over at any time.
                Err(message) => Err(Failure { later: true, ..Failure::refused(message) }),
            },
        };
        self.rounds.set(self.rounds.get().wrapping_add(1));
        self.failure.replace(result.as_ref().err().cloned());
        result.map(|fetched| self.hold(fetched, false, ports.monotonic(), self.now(ports).as_secs()))
    }

    /// Takes on a role with the access key of the base, and once more with another one where STS says that it has expired.
    async fn assume(&self, ports: &impl Ports, session: &AssumedSession) -> Result<Fetched, Failure> {
        let Some(base) = &self.base else {
            return Err(Failure::refused("there is no access key to take on a role with"));
        };
        let mut refused_before = false;
        loop {
            // The base may be a role as well: without the box the future would hold one of its own kind.
            let pending: Pin<Box<dyn Future<Output = Result<ActiveCredentials, Failure>> + '_>> =
                Box::pin(base.active(ports));
            let active = pending.await?;
            let key = &*active.credentials;
            let call = |now| session.call(key, now, [ports.random_u64(), ports.random_u64()]);
            match self.at_sts(ports, &session.role, &call, &|text| key.redact(text)).await {
                Ok(fetched) => return Ok(fetched),
                Err(no) if no.key_is_bad && !refused_before && base.refuse(active.generation) => refused_before = true,
                Err(no) => return Err(no.failure),
            }
        }
    }

    /// Keeps credentials that came now, by the monotonic clock and in seconds since 1970.
    fn hold(&self, fetched: Fetched, is_adopted: bool, now: Duration, time: u64) -> ActiveCredentials {
        self.generation.set(self.generation.get().wrapping_add(1));
        let generation = self.generation.get();
        let active = ActiveCredentials { credentials: Arc::new(fetched.credentials), generation, ends_at: None };
        let (renew_at, retire_at) = (Duration::MAX, Duration::MAX);
        let mut held = Held { active, end: fetched.end, is_adopted, renew_at, retire_at };
        held.measure(now, time);
        let active = held.active.clone();
        self.held.replace(Some(held));
        active
    }

    fn put_off(&self, generation: u64, now: Duration) {
        if let Some(held) = &mut *self.held.borrow_mut()
            && held.active.generation == generation
        {
            held.renew_at = now.saturating_add(BACKOFF);
        }
    }
}

impl Held {
    /// Works out when they are renewed and retired, from what is left of their life at this time.
    fn measure(&mut self, now: Duration, time: u64) {
        let Some(left) = self.end.left(time) else { return };
        self.active.ends_at = Some(now.saturating_add(left));
        let lifetime = left.max(SHORTEST);
        let end = now.saturating_add(lifetime);
        let ahead = AHEAD.min(lifetime / 5);
        self.renew_at = end.saturating_sub(if self.is_adopted { ahead.saturating_add(MARGIN) / 2 } else { ahead });
        self.retire_at = end.saturating_sub(MARGIN);
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("source", &self.source).finish_non_exhaustive()
    }
}
