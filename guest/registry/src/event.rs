//! Events: what a request did to content, for whoever notifies others of it.

use bytes::Bytes;
use http::Response;

use crate::digest::Digest;
use crate::name::{RepositoryName, Tag};

/// What a request did to content.
///
/// A response that succeeded has it in its extensions, so that whoever serves the registry can notify others. As in
/// distribution, `HEAD` counts as a pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: EventAction,
    /// In which repository.
    pub repository: RepositoryName,
    /// To what.
    pub target: EventTarget,
}

/// What was done to content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventAction {
    /// It was read, or its reader was redirected to it.
    Pull,
    /// It was stored.
    Push,
    /// A blob was linked from another repository, which is known if the client named it.
    Mount(Option<RepositoryName>),
    /// It was deleted from the repository.
    Delete,
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTarget {
    /// A layer or config.
    Blob {
        /// Its digest.
        digest: Digest,
        /// Its size, unless it was deleted.
        size: Option<u64>,
    },
    /// A manifest.
    Manifest {
        /// Its digest.
        digest: Digest,
        /// What was read or stored, unless it was deleted.
        document: Option<EventDocument>,
        /// The tags by which it was read or under which it was stored.
        tags: Vec<Tag>,
    },
    /// A tag, whose manifest stays.
    Tag(Tag),
}

/// A manifest's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDocument {
    /// The media type.
    pub media_type: String,
    /// The bytes.
    pub content: Bytes,
}

/// Who sent a request, as [`crate::ports::Access`] found out. A response has it in its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester(pub String);

impl Event {
    /// Adds the event to a response.
    pub(crate) fn attach<B>(self, response: &mut Response<B>) {
        response.extensions_mut().insert(self);
    }
}
