//! The operations that a component exports, and what each needs.

use super::guest::Guest;
use crate::admission::Upload;
use crate::call::TimeLimit;
use crate::engine::Interface;
use crate::error::CallIds;
use crate::wit::types;
use std::fmt;
use std::sync::Arc;

/// What holds more bytes has turns of its own.
const LARGE: u64 = 1 << 20;

/// What a call needs before it may begin, so that it takes nothing from others. A turn comes first and room after it: who has
/// room waits for nothing but its own work.
#[derive(Debug)]
pub(crate) enum Needs {
    /// A turn among the calls, and room for so many bytes in the instance, which it holds to its end.
    Turn { bytes: u64 },
    /// A turn among the streams out of the component, and room for so many bytes.
    Download { bytes: u64 },
    /// A turn among the streams into the component, and room that the upload takes as it comes.
    Upload(Arc<Upload>),
}

/// The kinds of turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Call,
    LargeCall,
    Download,
    Upload,
}

/// In which instances a call may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In any for this interface that takes calls.
    Anywhere(Interface),
    /// In the one that the calls on locks run in: it knows the writes under a lease to which no answer came, and where a
    /// lock's log ends.
    WithLocks,
    /// In the instance of this number, where something of the caller's is.
    Within(u64),
}

impl Place {
    /// What an instance has to be for to run such a call, where those on locks run in instances for `locks`; none where the
    /// call names its instance.
    pub(super) fn interface(self, locks: Interface) -> Option<Interface> {
        match self {
            Self::Anywhere(interface) => Some(interface),
            Self::WithLocks => Some(locks),
            Self::Within(_) => None,
        }
    }
}

impl Lane {
    pub(crate) const COUNT: usize = 4;
    pub(super) const ALL: [Self; Self::COUNT] = [Self::Call, Self::LargeCall, Self::Download, Self::Upload];
}

impl Lane {
    pub(super) fn is_stream(self) -> bool {
        match self {
            Self::Call | Self::LargeCall => false,
            Self::Download | Self::Upload => true,
        }
    }
}

impl Needs {
    /// A value that is stored: as it is given and, encrypted, as it is sent.
    pub(crate) fn store(value: &[u8]) -> Self {
        Self::store_all([value])
    }

    /// The same of several values.
    pub(crate) fn store_all<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::Turn { bytes: values.into_iter().map(|value| 2 * value.len() as u64).sum() }
    }

    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::Turn { bytes } if *bytes > LARGE => Lane::LargeCall,
            Self::Turn { .. } => Lane::Call,
            Self::Download { .. } => Lane::Download,
            Self::Upload(_) => Lane::Upload,
        }
    }
}

/// A call of one of the component's exports.
pub(crate) trait Operation: Send + 'static {
    const OPERATION: &'static str;

    /// Where it may run, unless something of the caller's is in an instance already.
    const PLACE: Place;

    type Output: Send + 'static;

    /// The key it is about, for logs.
    fn key(&self) -> &str;

    /// How long it may take.
    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Whole
    }

    /// What it needs before it begins.
    fn needs(&self) -> Needs {
        Needs::Turn { bytes: 0 }
    }

    /// The upload that its requests store parts of.
    fn upload(&self) -> Option<Arc<Upload>> {
        match self.needs() {
            Needs::Upload(upload) => Some(upload),
            Needs::Turn { .. } | Needs::Download { .. } => None,
        }
    }

    /// Told once it has what it needs.
    fn admitted(&mut self) {}

    /// What the output says that failed: as metrics name it, and as logs tell it.
    fn failure(_: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        None
    }

    /// What the output says that failed is a failure of the call with these ids.
    fn identify(_: &mut Self::Output, _: &CallIds) {}

    /// Fails, in the outer result, when the whole instance does.
    fn run(self, guest: Guest<'_>)
    -> impl Future<Output = wasmtime::Result<Result<Self::Output, types::Error>>> + Send;
}
