//! Reads the epoch log for a registry process: rule 1.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::facts::{Fact, Facts, Kind, Presence};
use super::log::{LogEnd, LogError, read_end, read_list};
use super::settings::GcSettings;
use super::timing::REFRESH;
use super::view::{Epoch, View};
use crate::digest::Digest;
use crate::name::RepositoryName;
use crate::ports::{Clock, Storage};

/// What a registry process knows about the epoch log, and the facts about files that it learned under its views of the
/// log.
#[derive(Debug)]
pub struct Epochs {
    settings: GcSettings,
    /// How long a fact may be used, on the local clock: another process may delete the content for a user meanwhile.
    presence_ttl: Duration,
    state: Mutex<State>,
    /// Held while the log is read, so that there is one read at a time.
    reading: futures_util::lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Current>,
    facts: Facts,
}

#[derive(Clone, Debug)]
struct Current {
    view: Arc<View>,
    /// When the request of the read was sent, on the local clock.
    sent: Duration,
}

impl State {
    fn is_current(&self, view: &Arc<View>) -> bool {
        self.current.as_ref().is_some_and(|current| Arc::ptr_eq(&current.view, view))
    }
}

impl Epochs {
    /// Knows nothing yet. Facts are used for `presence_ttl`.
    pub fn new(settings: GcSettings, presence_ttl: Duration) -> Self {
        Self { settings, presence_ttl, state: Mutex::default(), reading: futures_util::lock::Mutex::default() }
    }

    /// The settings.
    pub fn settings(&self) -> &GcSettings {
        &self.settings
    }

    /// Returns a view that is at most [`REFRESH`] old on the local clock. No request if there is one; otherwise 1, and
    /// 1 more for the list of a new epoch.
    ///
    /// # Errors
    /// If the log can't be read, or its content is not accepted. Nothing may be written then.
    pub async fn view<S: Storage, C: Clock>(&self, storage: &S, clock: &C) -> Result<Arc<View>, LogError> {
        let is_fresh = |current: &Current| clock.monotonic().saturating_sub(current.sent) <= REFRESH;
        match self.current().filter(is_fresh) {
            Some(current) => Ok(current.view),
            None => self.read(storage, clock, is_fresh).await,
        }
    }

    /// Returns a view of the log that was read after this call began. 1 request, and 1 more for the list of a new
    /// epoch; none if the read of a concurrent call is recent enough.
    ///
    /// # Errors
    /// As [`Epochs::view`].
    pub(crate) async fn refresh<S: Storage, C: Clock>(&self, storage: &S, clock: &C) -> Result<Arc<View>, LogError> {
        let called = clock.monotonic();
        self.read(storage, clock, |current| current.sent > called).await
    }

    async fn read<S: Storage, C: Clock>(
        &self,
        storage: &S,
        clock: &C,
        is_usable: impl Fn(&Current) -> bool,
    ) -> Result<Arc<View>, LogError> {
        let _reading = self.reading.lock().await;
        if let Some(current) = self.current().filter(|current| is_usable(current)) {
            return Ok(current.view);
        }
        let sent = clock.monotonic();
        let end = read_end(storage).await?;
        let known = self.current();
        let known = known.as_ref().and_then(|current| current.view.epoch());
        let epoch = match (end.record, known) {
            (None, _) => None,
            (Some(record), Some(known)) if known.record == record => Some(known.clone()),
            (Some(record), _) => Some(Arc::new(Epoch { record, list: read_list(storage, &record).await? })),
        };
        self.adopt(&end, epoch, sent)
    }

    fn adopt(&self, end: &LogEnd, epoch: Option<Arc<Epoch>>, sent: Duration) -> Result<Arc<View>, LogError> {
        let mut state = self.state();
        let before = state.current.as_ref().map(|current| current.view.clone());
        if let Some(before) = &before {
            if end.length < before.length() {
                return Err(LogError::Shorter { before: before.length(), now: end.length });
            }
            if end.date < before.date() {
                return Err(LogError::Earlier);
            }
        }
        let view = Arc::new(View::new(end, epoch, self.settings));
        state.facts.on_view(before.as_deref(), &view, &self.settings);
        state.current = Some(Current { view: view.clone(), sent });
        Ok(view)
    }

    /// The latest view, however old. No request.
    pub(crate) fn latest(&self) -> Option<Arc<View>> {
        self.current().map(|current| current.view)
    }

    /// What is remembered about content in a repository, for reads. No request.
    pub fn remembered<C: Clock>(
        &self,
        clock: &C,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Option<Presence> {
        self.fact(clock, kind, name, digest, |_| true)
    }

    /// What is remembered about content in a repository, if it may be used to confirm the content under the current
    /// view. No request.
    pub(crate) fn confirmed<C: Clock>(
        &self,
        clock: &C,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Option<Presence> {
        self.fact(clock, kind, name, digest, |fact| fact.is_current)
    }

    fn fact<C: Clock>(
        &self,
        clock: &C,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        is_usable: impl Fn(&Fact) -> bool,
    ) -> Option<Presence> {
        let state = self.state();
        let fact = state.facts.get(kind, name, digest).filter(|fact| is_usable(fact))?;
        (clock.monotonic().saturating_sub(fact.since) < self.presence_ttl).then(|| fact.presence.clone())
    }

    /// Remembers content that was read or written under a view and counts as present, if that view is still the current
    /// one.
    pub(crate) fn remember<C: Clock>(
        &self,
        clock: &C,
        view: &Arc<View>,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        presence: &Presence,
    ) {
        let mut state = self.state();
        if state.is_current(view) {
            let fact = Fact { presence: presence.clone(), since: clock.monotonic(), is_current: true };
            state.facts.insert(kind, name, digest, fact);
        }
    }

    /// Remembers content that was found by a request that confirms nothing. `view` is the latest view before the read.
    /// If it is still the current one and the content counts as present, the fact may be used to confirm the content as
    /// well.
    pub(crate) fn remember_read<C: Clock>(
        &self,
        clock: &C,
        view: Option<&Arc<View>>,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        presence: &Presence,
    ) {
        let mut state = self.state();
        let is_current = view.is_some_and(|view| state.is_current(view) && view.is_present(digest, presence));
        let is_known = state.facts.get(kind, name, digest).is_some_and(|fact| fact.is_current);
        if is_current || !is_known {
            let fact = Fact { presence: presence.clone(), since: clock.monotonic(), is_current };
            state.facts.insert(kind, name, digest, fact);
        }
    }

    /// Forgets content of a repository, because this process deletes it or did not find it.
    pub fn forget(&self, kind: Kind, name: &RepositoryName, digest: &Digest) {
        self.state().facts.remove(kind, name, digest);
    }

    fn current(&self) -> Option<Current> {
        self.state().current.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
