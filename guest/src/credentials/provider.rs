//! The credentials that a client signs with. The provider keeps temporary ones, renews them before they expire, and
//! lets one call fetch for all calls that wait.
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
use super::source::CheckedSource;
use super::temporary::{Expiry, Fetched, Temporary};
use crate::error::ConfigProblem;
use crate::ports::{Clock, Ports};

/// How long before they expire credentials are renewed, at most. Credentials with a short lifetime are renewed when a
/// fifth of it is left.
const MAX_RENEWAL_LEAD: Duration = Duration::from_secs(15 * 60);
/// How long before they expire credentials are no longer used.
const EXPIRY_MARGIN: Duration = Duration::from_secs(10);
/// The minimum lifetime that is assumed for credentials. If they seem to expire sooner, the clock may be wrong, so they are
/// used anyway and OSS decides.
const MIN_LIFETIME: Duration = Duration::from_secs(60);
/// How long a call that renews credentials early waits before it continues with the present ones.
const REFRESH_WAIT: Duration = Duration::from_secs(3);
/// How long after a failed early renewal the next one is tried.
const RENEWAL_BACKOFF: Duration = Duration::from_secs(60);

/// Credentials to sign one request with.
#[derive(Clone)]
pub(crate) struct ActiveCredentials {
    pub credentials: Arc<Credentials>,
    /// The number of credentials that the provider has had, these included.
    pub generation: u64,
    /// When they expire, on the monotonic clock, if known.
    pub expires_at: Option<Duration>,
}

struct StoredCredentials {
    active: ActiveCredentials,
    expiry: Expiry,
    /// Whether another instance fetched these credentials and renews them.
    is_adopted: bool,
    renew_at: Duration,
    /// From this time on the credentials are not used.
    retire_at: Duration,
}

/// The credentials of one client.
pub struct Provider {
    source: CheckedSource,
    /// The provider of the access key that a role is assumed with; `None` for other sources.
    base: Option<Box<Provider>>,
    /// Seconds to add to the system's clock, computed from responses of OSS and STS.
    skew: Cell<i64>,
    token: RefCell<Zeroizing<String>>,
    stored: RefCell<Option<StoredCredentials>>,
    generation: Cell<u64>,
    /// Locked by the call that fetches.
    fetch_mutex: FetchMutex,
    /// How many fetches have ended, and the failure of the last one if it failed.
    fetches: Cell<u64>,
    failure: RefCell<Option<Failure>>,
}

enum State {
    Valid(ActiveCredentials),
    RenewalDue(ActiveCredentials),
    Missing,
}

impl Provider {
    pub(crate) fn new(source: CheckedSource) -> Self {
        let base = match &source {
            CheckedSource::Role(base, _) => Some(Box::new(Self::new(CheckedSource::clone(base)))),
            _ => None,
        };
        let mut provider = Self {
            source,
            base,
            skew: Cell::new(0),
            token: RefCell::default(),
            stored: RefCell::default(),
            generation: Cell::new(0),
            fetch_mutex: FetchMutex::default(),
            fetches: Cell::new(0),
            failure: RefCell::default(),
        };
        match &provider.source {
            CheckedSource::Static(credentials) => {
                let fetched = Fetched { credentials: credentials.clone(), expiry: Expiry::Unknown };
                provider.store(fetched, false, Duration::ZERO, 0);
            }
            CheckedSource::Oidc(_, token) => provider.token = RefCell::new(token.clone()),
            CheckedSource::Metadata(_) | CheckedSource::Host | CheckedSource::Role(..) => {}
        }
        provider
    }

    /// Usable credentials; fetches them if there are none.
    pub(crate) async fn active(&self, ports: &impl Ports) -> Result<ActiveCredentials, Failure> {
        match self.state(ports) {
            State::Valid(active) => Ok(active),
            State::RenewalDue(active) => {
                // One call renews; the others continue with the present credentials.
                let Some(_guard) = self.fetch_mutex.try_lock() else { return Ok(active) };
                let fetch = pin!(self.fetch(ports));
                match select(fetch, pin!(ports.sleep(REFRESH_WAIT))).await {
                    Either::Left((Ok(fresh), _)) => Ok(fresh),
                    Either::Left((Err(_), _)) | Either::Right(_) => {
                        self.postpone_renewal(active.generation, ports.monotonic());
                        Ok(active)
                    }
                }
            }
            State::Missing => {
                let fetches_before = self.fetches.get();
                let _guard = self.fetch_mutex.lock(ports).await;
                // If another call has fetched meanwhile, its result holds for this call as well. A cancelled fetch has
                // no result.
                if self.fetches.get() != fetches_before {
                    if let State::Valid(active) | State::RenewalDue(active) = self.state(ports) {
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

    /// Notes that OSS rejected the credentials of this generation as expired. Returns false if there can't be other
    /// credentials.
    pub(crate) fn note_rejected(&self, generation: u64) -> bool {
        if !self.is_renewed() {
            return false;
        }
        self.stored.borrow_mut().take_if(|stored| stored.active.generation == generation);
        true
    }

    /// Whether there can be other credentials later.
    pub(crate) fn is_renewed(&self) -> bool {
        !matches!(self.source, CheckedSource::Static(_))
    }

    /// Replaces the credentials of the source [`CheckedSource::Host`]; later calls use the new ones.
    ///
    /// # Errors
    /// When the config names another source, or these can't be credentials.
    pub fn supply(&self, clock: &impl Clock, given: Temporary) -> Result<(), ConfigProblem> {
        if let Some(base) = &self.base {
            return base.supply(clock, given);
        }
        if !matches!(self.source, CheckedSource::Host) {
            return Err(ConfigProblem::new("credentials", "are not handed over by the host in this config"));
        }
        given.credentials.check()?;
        self.store(given.measured(None), false, clock.monotonic(), self.now(clock).as_secs());
        Ok(())
    }

    /// Replaces the token of an OpenID Connect provider. It is used the next time that credentials are fetched.
    ///
    /// # Errors
    /// When the config names another source, or this can't be a token.
    pub fn supply_token(&self, token: Zeroizing<String>) -> Result<(), ConfigProblem> {
        if let Some(base) = &self.base {
            return base.supply_token(token);
        }
        if !matches!(self.source, CheckedSource::Oidc(..)) {
            return Err(ConfigProblem::new("credentials", "are not got with a token in this config"));
        }
        check_token(&token)?;
        self.token.replace(token);
        Ok(())
    }

    /// The credentials that requests are signed with, for [`Provider::adopt`] of another instance; `None` if the source
    /// fetches nothing, or if nothing was fetched yet. Their expiry is given by the system's clock, without this
    /// instance's correction, which the other instance does not have.
    pub fn current(&self, clock: &impl Clock) -> Option<Temporary> {
        if !self.is_fetched() {
            return None;
        }
        let stored = self.stored.borrow();
        let active = &stored.as_ref()?.active;
        let left = |end: Duration| end.saturating_sub(clock.monotonic()).saturating_add(clock.now()).as_secs();
        Some(Temporary { credentials: Credentials::clone(&active.credentials), expires: active.expires_at.map(left) })
    }

    /// Adopts the credentials that [`Provider::current`] of another instance returned, unless they have expired, or are
    /// the present ones, or expire before those. The other instance renews them first; this one does only if half of
    /// the time for that has passed.
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
        let has_ended = left.is_some_and(|left| left <= EXPIRY_MARGIN);
        let is_superseded = |stored: &StoredCredentials| {
            let is_later =
                stored.active.expires_at.zip(left).is_some_and(|(own, left)| own >= now.saturating_add(left));
            is_later || stored.active.credentials.access_key_id == given.credentials.access_key_id
        };
        if has_ended || self.stored.borrow().as_ref().is_some_and(is_superseded) {
            return Ok(());
        }
        // Use the clock that the expiry was given by, whether right or wrong, so that the lifetime is not computed
        // again.
        self.store(given.measured(Some(time)), true, now, time);
        Ok(())
    }

    /// Whether the source sends requests for credentials.
    fn is_fetched(&self) -> bool {
        !matches!(self.source, CheckedSource::Static(_) | CheckedSource::Host)
    }

    /// The time since 1970 by the system's clock, corrected as far as its error is known.
    pub(crate) fn now(&self, clock: &impl Clock) -> Duration {
        let skew = Duration::from_secs(self.skew.get().unsigned_abs());
        let now = clock.now();
        if self.skew.get() < 0 { now.saturating_sub(skew) } else { now.saturating_add(skew) }
    }

    /// How many seconds are added to the system's clock.
    pub(crate) fn skew(&self) -> i64 {
        self.skew.get()
    }

    /// Corrects the clock by the time that a service stated, in seconds since 1970.
    pub(crate) fn set_clock(&self, clock: &impl Clock, time: u64) {
        let own = i64::try_from(clock.now().as_secs()).unwrap_or(0);
        self.skew.set(i64::try_from(time).unwrap_or(i64::MAX).saturating_sub(own));
        if let Some(base) = &self.base {
            base.set_clock(clock, time);
        }
        self.recompute_expiry(clock, time);
    }

    /// Computes the lifetime of credentials again if it was computed with this machine's clock, which turned out to be
    /// wrong: with a clock an hour ahead, all credentials would seem to have expired.
    pub(crate) fn recompute_expiry(&self, clock: &impl Clock, time: u64) {
        if let Some(stored) = &mut *self.stored.borrow_mut()
            && matches!(stored.expiry, Expiry::At(_))
        {
            stored.set_times(clock.monotonic(), time);
        }
    }

    fn state(&self, clock: &impl Clock) -> State {
        let stored = self.stored.borrow();
        // Credentials that do not expire need no clock, and reading it is a call of the host.
        let now = match &*stored {
            Some(stored) if stored.renew_at < Duration::MAX => clock.monotonic(),
            _ => Duration::ZERO,
        };
        match &*stored {
            Some(stored) if now < stored.renew_at => State::Valid(stored.active.clone()),
            Some(stored) if now < stored.retire_at => State::RenewalDue(stored.active.clone()),
            Some(_) | None => State::Missing,
        }
    }

    async fn fetch(&self, ports: &impl Ports) -> Result<ActiveCredentials, Failure> {
        let result = match &self.source {
            CheckedSource::Static(_) => Err(Failure::refused("the credentials were refused")),
            CheckedSource::Metadata(metadata) => metadata.fetch(ports).await,
            CheckedSource::Oidc(session, _) => {
                let token = self.token.borrow().clone();
                let redact = |text: &str| text.replace(token.as_str(), "[redacted]");
                let result = self.call_sts(ports, &session.role, &|now| session.call(&token, now), &redact).await;
                result.map_err(|error| error.failure)
            }
            CheckedSource::Role(_, session) => self.assume(ports, session).await,
            CheckedSource::Host => match ports.credentials().await {
                Ok(given) => match given.credentials.check() {
                    Ok(()) => Ok(given.measured(None)),
                    Err(problem) => Err(Failure::refused(format!("the host gave no credentials: {problem}"))),
                },
                // The host may hand over credentials at any time.
                Err(message) => Err(Failure { later: true, ..Failure::refused(message) }),
            },
        };
        self.fetches.set(self.fetches.get().wrapping_add(1));
        self.failure.replace(result.as_ref().err().cloned());
        result.map(|fetched| self.store(fetched, false, ports.monotonic(), self.now(ports).as_secs()))
    }

    /// Assumes a role with the access key of the base, and once more with another key if STS reports that the first one
    /// has expired.
    async fn assume(&self, ports: &impl Ports, session: &AssumedSession) -> Result<Fetched, Failure> {
        let Some(base) = &self.base else {
            return Err(Failure::refused("there is no access key to take on a role with"));
        };
        let mut refused_before = false;
        loop {
            // The base may be a role as well, so without the box the type of this future would contain itself.
            let pending: Pin<Box<dyn Future<Output = Result<ActiveCredentials, Failure>> + '_>> =
                Box::pin(base.active(ports));
            let active = pending.await?;
            let key = &*active.credentials;
            let call = |now| session.call(key, now, [ports.random_u64(), ports.random_u64()]);
            match self.call_sts(ports, &session.role, &call, &|text| key.redact(text)).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) if error.key_rejected && !refused_before && base.note_rejected(active.generation) => {
                    refused_before = true
                }
                Err(error) => return Err(error.failure),
            }
        }
    }

    /// Stores credentials that were received now, by the monotonic clock and in seconds since 1970.
    fn store(&self, fetched: Fetched, is_adopted: bool, now: Duration, time: u64) -> ActiveCredentials {
        self.generation.set(self.generation.get().wrapping_add(1));
        let generation = self.generation.get();
        let active = ActiveCredentials { credentials: Arc::new(fetched.credentials), generation, expires_at: None };
        let (renew_at, retire_at) = (Duration::MAX, Duration::MAX);
        let mut stored = StoredCredentials { active, expiry: fetched.expiry, is_adopted, renew_at, retire_at };
        stored.set_times(now, time);
        let active = stored.active.clone();
        self.stored.replace(Some(stored));
        active
    }

    fn postpone_renewal(&self, generation: u64, now: Duration) {
        if let Some(stored) = &mut *self.stored.borrow_mut()
            && stored.active.generation == generation
        {
            stored.renew_at = now.saturating_add(RENEWAL_BACKOFF);
        }
    }
}

impl StoredCredentials {
    /// Computes when the credentials are renewed and retired, from their remaining lifetime.
    fn set_times(&mut self, now: Duration, time: u64) {
        let Some(left) = self.expiry.remaining(time) else { return };
        self.active.expires_at = Some(now.saturating_add(left));
        let lifetime = left.max(MIN_LIFETIME);
        let end = now.saturating_add(lifetime);
        let ahead = MAX_RENEWAL_LEAD.min(lifetime / 5);
        self.renew_at =
            end.saturating_sub(if self.is_adopted { ahead.saturating_add(EXPIRY_MARGIN) / 2 } else { ahead });
        self.retire_at = end.saturating_sub(EXPIRY_MARGIN);
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("source", &self.source).finish_non_exhaustive()
    }
}
