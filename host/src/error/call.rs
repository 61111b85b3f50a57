//! Why a call failed.

use super::ids::CallIds;
use super::retirement::Retirement;
use super::setup::SetupProblem;
use super::storage::{ConfigProblem, ErrorKind, Failure, StorageError};
use std::time::Duration;

/// Why a call, or the making of an engine or a tenant, failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The component did what was asked and reports why it can't be done.
    #[error(transparent)]
    Storage(#[from] StorageError),

    /// The config can't work. Nothing was sent.
    #[error("the config can't work: {0}")]
    Config(#[from] ConfigProblem),

    /// The call took longer than [`Limits::call_timeout`]. A change may or may not have taken effect: look, or make it
    /// again. The instance it ran in takes no more calls.
    ///
    /// [`Limits::call_timeout`]: crate::Limits::call_timeout
    #[error("no result after {limit:?}; whether the call took effect is unknown")]
    TimedOut {
        /// The limit.
        limit: Duration,
        /// By what the call is found in logs.
        ids: Box<CallIds>,
    },

    /// The instance that the call ran in was stopped, most likely because of another call. A change may or may not have
    /// taken effect: look, or make it again; the next call gets a fresh instance.
    #[error("the component was stopped during the call ({reason}); whether the call took effect is unknown")]
    Retired {
        /// Why it was stopped.
        reason: Retirement,
        /// By what the call is found in logs.
        ids: Box<CallIds>,
    },

    /// The caller of a stream took nothing of it, or brought nothing more, for [`Limits::caller_timeout`], so it was cut. What
    /// was read before is not the whole; of what was written, what a broken content leaves.
    ///
    /// [`Limits::caller_timeout`]: crate::Limits::caller_timeout
    #[error("the stream was cut: its caller did nothing for {limit:?}")]
    CallerTimedOut {
        /// The limit.
        limit: Duration,
        /// By what the call is found in logs.
        ids: Box<CallIds>,
    },

    /// The call never got its turn: too many others were in flight. Nothing was sent.
    #[error("too many calls in flight: no turn within {limit:?}; nothing was sent")]
    Overloaded {
        /// How long it waited.
        limit: Duration,
        /// By what the call is found in logs.
        ids: Box<CallIds>,
    },

    /// The tenant was closed, or the engine's runtime is shutting down. Nothing was sent.
    #[error("the tenant is closed")]
    Closed,

    /// The component can't be compiled, wants to import what it may not, or does not start.
    #[error("the component can't be run: {0}")]
    Component(#[source] SetupProblem),

    /// An engine can't be made with these options.
    #[error("no engine can be made: {0}")]
    Engine(#[source] SetupProblem),
}

impl Error {
    /// The component can't be run, for this reason.
    pub(crate) fn component(reason: impl Into<String>) -> Self {
        Self::Component(SetupProblem::from(reason.into()))
    }

    /// No engine can be made, for this reason.
    pub(crate) fn engine(reason: impl Into<String>) -> Self {
        Self::Engine(SetupProblem::from(reason.into()))
    }

    /// Whether there is nothing under this key, said by OSS itself.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Storage(StorageError::NotFound(_)))
    }

    /// As metrics name it.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            error if error.is_not_found() => "not-found",
            Self::TimedOut { .. } => "timed-out",
            Self::Retired { .. } => "retired",
            Self::Overloaded { .. } => "overloaded",
            Self::CallerTimedOut { .. } => "caller-timed-out",
            _ => "failed",
        }
    }

    /// Whether the same call may succeed later without anything else being changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Storage(error) => error.failure().is_some_and(|failure| failure.retryable),
            Self::TimedOut { .. } | Self::Retired { .. } | Self::Overloaded { .. } | Self::CallerTimedOut { .. } => {
                true
            }
            Self::Config(_) | Self::Closed | Self::Component(_) | Self::Engine(_) => false,
        }
    }

    /// Whether a change that failed with this may have taken effect, or may yet: look, or make it again. This is the one
    /// definition of it: what the component says of its requests, and of the host's own failures those after which a call
    /// may have been made.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Storage(error) => error.failure().is_some_and(|failure| failure.undecided),
            Self::TimedOut { .. } | Self::Retired { .. } => true,
            Self::CallerTimedOut { .. }
            | Self::Overloaded { .. }
            | Self::Closed
            | Self::Config(_)
            | Self::Component(_)
            | Self::Engine(_) => false,
        }
    }

    /// What kind of failure the component reports; none where the failure is the host's.
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Storage(error) => Some(error.kind()),
            Self::Config(_) => Some(ErrorKind::InvalidConfig),
            _ => None,
        }
    }

    /// The circumstances, where the component reports them.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Storage(error) => error.failure(),
            _ => None,
        }
    }

    /// It is how a call with these ids failed.
    pub(crate) fn identify(&mut self, of_call: &CallIds) {
        match self {
            Self::Storage(error) => error.identify(of_call),
            Self::TimedOut { ids, .. }
            | Self::Retired { ids, .. }
            | Self::CallerTimedOut { ids, .. }
            | Self::Overloaded { ids, .. } => ids.as_mut().clone_from(of_call),
            Self::Config(_) | Self::Closed | Self::Component(_) | Self::Engine(_) => {}
        }
    }

    /// By what the call that failed is found in logs, here and at OSS; none where nothing was sent and the same holds for each
    /// call.
    pub fn ids(&self) -> Option<&CallIds> {
        match self {
            Self::Storage(error) => error.failure().map(|failure| &failure.ids),
            Self::TimedOut { ids, .. }
            | Self::Retired { ids, .. }
            | Self::CallerTimedOut { ids, .. }
            | Self::Overloaded { ids, .. } => Some(ids.as_ref()),
            Self::Config(_) | Self::Closed | Self::Component(_) | Self::Engine(_) => None,
        }
    }

    /// OSS's id of the request that failed, which Alibaba Cloud's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.failure()?.answer.as_ref()?.request_id.as_deref()
    }
}
