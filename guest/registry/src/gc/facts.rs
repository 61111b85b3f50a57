//! The facts that a process remembers of links and their blobs: rule 8.
//!
//! Only what counts as present is remembered, and only while the view that it was read under is current. What an epoch lists
//! is forgotten with the view that shows the epoch, and everything is forgotten after a gap in which a whole epoch may have
//! gone by unseen. Collection needs no limit of age; what users delete by other processes does.
//!
//! What was read without a view is remembered as well, for reading alone: it never serves to confirm anything.

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

/// By which link something is in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A blob, by its layer link.
    Blob,
    /// A manifest, by its revision link.
    Manifest,
}

/// What is known of a blob or manifest that is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The digest that the link names: another one where distribution stored what was pushed by SHA-512.
    pub target: Digest,
    /// The content's size in bytes.
    pub size: u64,
    /// The link's `Last-Modified`, or the `Date` of the response to its writing.
    pub link_modified: OssTime,
}

impl Presence {
    /// What a link and the content that it names say.
    pub(crate) fn of(link: Link, content: &ObjectInfo) -> Self {
        Self { target: link.target, size: content.size, link_modified: link.modified }
    }
}

/// How many entries are kept: some megabytes with long names. When there are more, all are forgotten.
const ENTRIES: usize = 16 * 1024;

type Key = (Kind, RepositoryName, Digest);

/// Something that is known to be in a repository.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) presence: Presence,
    /// Since when it is known, by the monotonic clock.
    pub(crate) since: Duration,
    /// Whether it was read or written under the view that is still current, so that it may serve to confirm something.
    pub(crate) is_current: bool,
}

/// What is known to be in repositories.
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

    /// Forgets what the step from one view to the next one makes doubtful.
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
