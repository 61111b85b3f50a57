//! The facts about links and their blobs that a process remembers: rule 8.
//!
//! Only content that counts as present is remembered, and a fact confirms content only while the view under which it
//! was read is current. A view that shows a new epoch removes the facts about what the epoch lists, and a view after a
//! gap in which a whole epoch may have passed unseen removes all facts. The garbage collection needs no limit on the
//! age of facts; deletions for users by other processes do.
//!
//! Content that was read without a view is remembered as well, but only for reads: such a fact never confirms anything.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::rule::Rule;
use super::settings::GcSettings;
use super::timing::VIEW;
use super::view::View;
use crate::digest::Digest;
use crate::links::Link;
use crate::name::RepositoryName;
use crate::ports::{ObjectInfo, OssTime};

/// The kind of content, by the link with which it belongs to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A blob, with a layer link.
    Blob,
    /// A manifest, with a revision link.
    Manifest,
}

/// The metadata of a blob or manifest in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The digest in the link. It differs from the link's own if distribution stored content that was pushed with its
    /// SHA-512.
    pub target: Digest,
    /// The content's size in bytes.
    pub size: u64,
    /// The link's `Last-Modified`, or the `Date` of the response to the request that wrote it.
    pub link_modified: OssTime,
}

impl Presence {
    /// Combines the metadata of a link and of the content that it names.
    pub(crate) fn of(link: Link, content: &ObjectInfo) -> Self {
        Self { target: link.target, size: content.size, link_modified: link.modified }
    }
}

/// The maximum number of facts, which take some megabytes if names are long. When it is reached, all facts are
/// forgotten.
const ENTRIES: usize = 16 * 1024;

type Key = (Kind, RepositoryName, Digest);

/// The knowledge that content is in a repository.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) presence: Presence,
    /// When this was learned, on the monotonic clock.
    pub(crate) since: Duration,
    /// Whether this was learned under the view that is still current, so that it may be used to confirm the content.
    pub(crate) is_current: bool,
}

/// The contents of repositories that a process knows.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    entries: BTreeMap<Key, Fact>,
}

impl Facts {
    pub(crate) fn get(&self, kind: Kind, name: &RepositoryName, digest: &Digest) -> Option<&Fact> {
        self.entries.get(&(kind, name.clone(), digest.clone()))
    }

    pub(crate) fn insert(&mut self, kind: Kind, name: &RepositoryName, digest: &Digest, fact: Fact) {
        if self.entries.len() >= ENTRIES {
            self.entries.clear();
        }
        self.entries.insert((kind, name.clone(), digest.clone()), fact);
    }

    pub(crate) fn remove(&mut self, kind: Kind, name: &RepositoryName, digest: &Digest) {
        self.entries.remove(&(kind, name.clone(), digest.clone()));
    }

    /// Forgets the facts that a new view makes doubtful.
    pub(crate) fn on_view(&mut self, before: Option<&View>, now: &View, settings: &GcSettings) {
        let is_gap = before.is_none_or(|before| now.date().0 > before.date().0.saturating_add(VIEW));
        if is_gap && settings.keeps(Rule::GapEmptiesCache) {
            self.entries.clear();
        }
        let is_new = before.is_none_or(|before| before.length() != now.length());
        if let Some(epoch) = now.epoch().filter(|_| is_new && settings.keeps(Rule::ListingDropsFacts)) {
            self.entries.retain(|(.., digest), fact| {
                !epoch.list.contains(digest) && !epoch.list.contains(&fact.presence.target)
            });
        }
    }
}
