//! A process's view of the epoch log, and until when the process may write under that view.

use std::sync::Arc;

use super::facts::Presence;
use super::list::DigestList;
use super::log::LogEnd;
use super::record::EpochRecord;
use super::rule::Rule;
use super::settings::GcSettings;
use super::timing::{RESCUE_MARGIN, VIEW};
use crate::digest::Digest;
use crate::ports::{OssTime, Window};

/// An epoch with its list.
#[derive(Debug)]
pub struct Epoch {
    /// The record.
    pub record: EpochRecord,
    /// The list.
    pub list: DigestList,
}

/// The epoch log as one read returned it. Everything that is written under a view is signed to end W after the view's
/// date.
#[derive(Debug)]
pub struct View {
    date: OssTime,
    length: u64,
    epoch: Option<Arc<Epoch>>,
    settings: GcSettings,
}

impl View {
    /// Creates the view of a read, with the list of its record.
    pub(crate) fn new(end: &LogEnd, epoch: Option<Arc<Epoch>>, settings: GcSettings) -> Self {
        Self { date: end.date, length: end.length, epoch, settings }
    }

    /// The same view with another date, for a test of the simulation.
    pub(crate) fn redated(&self, date: OssTime) -> Self {
        Self { date, epoch: self.epoch.clone(), ..*self }
    }

    /// E0: the `Date` of the response with which the log was read.
    pub fn date(&self) -> OssTime {
        self.date
    }

    /// The log's length.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn epoch(&self) -> Option<&Arc<Epoch>> {
        self.epoch.as_ref()
    }

    /// The epoch that lists a digest: rule 2. From T2 + S on none of its deletes can take effect, so it lists nothing
    /// any more.
    pub(crate) fn listing(&self, digest: &Digest) -> Option<&EpochRecord> {
        let slack = if self.settings.keeps(Rule::SlackAfterT2) { self.settings.slack() } else { 0 };
        let epoch = self.epoch.as_ref().filter(|_| self.settings.keeps(Rule::ListIsHeeded))?;
        let is_running = self.date.0 < epoch.record.delete_until.saturating_add(slack);
        (is_running && epoch.list.contains(digest)).then_some(&epoch.record)
    }

    /// Whether a digest counts as present if its blob exists and its link was modified at this time: rule 3. A link at
    /// least as young as C proves that the collector's second mark keeps the digest.
    fn link_counts(&self, digest: &Digest, link_modified: OssTime) -> bool {
        self.listing(digest)
            .is_none_or(|record| self.settings.keeps(Rule::YoungLinkIsPresent) && link_modified.0 >= record.young_since)
    }

    /// Whether content whose link and blob exist counts as present.
    pub(crate) fn is_present(&self, digest: &Digest, presence: &Presence) -> bool {
        self.link_counts(digest, presence.link_modified) && self.link_counts(&presence.target, presence.link_modified)
    }

    /// Whether a digest can no longer be written before the end of the epoch that lists it: rule 7.
    pub(crate) fn must_wait(&self, digest: &Digest) -> bool {
        self.listing(digest).is_some_and(|record| self.date.0.saturating_add(RESCUE_MARGIN) >= record.rescue_until)
    }

    /// How many seconds after the view's date a push of a digest that must wait can be made.
    pub(crate) fn remaining_wait(&self, digest: &Digest) -> u64 {
        let end = self.listing(digest).map_or(0, |record| record.delete_until.saturating_add(self.settings.slack()));
        end.saturating_sub(self.date.0)
    }

    /// The window of a write that confirms a digest: rule 4.
    pub(crate) fn window(&self, digest: &Digest) -> Window {
        let window = self.unlisted_window();
        match self.listing(digest).filter(|_| self.settings.keeps(Rule::ListedUntilT1)) {
            Some(record) => Window { end: window.end.min(OssTime(record.rescue_until)), ..window },
            None => window,
        }
    }

    /// The window of a write that confirms content that the epoch does not list.
    pub(crate) fn unlisted_window(&self) -> Window {
        Window { start: self.date, end: OssTime(self.date.0.saturating_add(VIEW)) }
    }

    /// Whether a link is so old that it must be written again before the presence of its blob is confirmed: rule 9.
    pub(crate) fn must_renew(&self, link_modified: OssTime) -> bool {
        let limit = self.date.0.saturating_add(VIEW).saturating_sub(self.settings.grace() / 2);
        self.settings.keeps(Rule::LinksAreRenewed) && link_modified.0 < limit
    }
}
