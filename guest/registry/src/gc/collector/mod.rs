//! Collectors: any process, any number at once, without a lock.
//!
//! A collection is an epoch:
//!
//! 1. Read the log; go on only at a `Date` of at least the last T2 + S. C is that `Date` less the grace period.
//! 2. Mark: what revisions and their manifests name is referenced; what is not, and has no link as young as C, is listed. Any
//!    error ends the collection; only a manifest's missing blob means that it names nothing. Content that is whole and is no
//!    manifest is reported, and keeps whatever looks like a digest in it; damaged content ends the collection.
//! 3. Write the list; append the record at the length read in 1, signed to V; T1 = V + W.
//! 4. Without a clear response append the same at the same position; go on only if the log ends in this record.
//! 5. At a `Date` of at least T1 + S mark again: what is referenced or has a link as young as C now is kept.
//! 6. Delete the rest, blobs and links, each request signed to T2. What is left waits for the next epoch.
//! 7. There is no early end of an epoch: a repetition of a delete could land after it.
//! 8. Delete old lists.
//!
//! A collector that dies at any point leaves an epoch without deletes, which delays pushes of what it lists, and nothing
//! else.

mod publish;
mod report;
mod sweep;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

pub use report::{Amount, AnnouncedEpoch, LeftFile, Report};

use super::list::{self, DigestList};
use super::log::{LogEnd, LogError, list_path, read_end};
use super::mark::{self, Manifests, Mark, Survey};
use super::record::EpochRecord;
use super::rule::Rule;
use super::settings::GcSettings;
use super::timing::{DELETE_RESERVE, DELETES_PER_SECOND, LONGEST_DELETES, LONGEST_LIST};
use crate::digest::Digest;
use crate::ports::{Clock, Entropy, Guard, OssTime, Storage, StorageError};

/// The longest pause between two readings of the log while a collector waits for T1, by the local clock: a clock that
/// runs slow must not cost much of the time for deletes.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a collection ended early. Nothing but what a [`Report`] would have told was deleted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CollectError {
    /// The epoch log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A request failed. What can't be read might name blobs, so nothing is deleted.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Another collection's epoch is not over.
    #[error("another collection runs until {} (unix time)", .until.0)]
    Running {
        /// From when on the next one can start.
        until: OssTime,
    },
    /// Another collector announced its epoch first.
    #[error("another collection was announced at the same time")]
    Overtaken,
    /// No response told whether the epoch was announced.
    #[error("the epoch could not be announced: {0}")]
    NotAnnounced(StorageError),
    /// The stored content of these manifests is not the one that their digests name, so that nobody knows what they named.
    #[error(
        "{} stored manifests are damaged, so that nobody knows what they name and nothing can be deleted: push each again or \
         delete it by its digest: {}",
        .0.len(), Named(.0)
    )]
    Damaged(Vec<Digest>),
    /// Only a read-only registry can do this.
    #[error("manifests that no tag leads to can be deleted only while the registry is read-only")]
    NotReadOnly,
    /// A link does not hold a digest.
    #[error("the link {0} holds no digest, so that nothing can be deleted")]
    Link(String),
}

/// How many manifests a message names.
const NAMED: usize = 10;

/// Digests in a message.
struct Named<'a>(&'a [Digest]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(NAMED).map(Digest::to_string).collect();
        let more = if self.0.len() > NAMED { ", and more" } else { "" };
        write!(f, "{}{more}", named.join(", "))
    }
}

/// What a collection does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Deletes garbage.
    #[default]
    Delete,
    /// Only reports what is garbage. Writes nothing.
    DryRun,
}

/// A collector.
#[derive(Debug)]
pub struct Collector<'a, S, C> {
    storage: &'a S,
    environment: &'a C,
    settings: GcSettings,
    /// By what the reckoned time for deletes is multiplied: doubled after an epoch that left something.
    deletes_factor: u64,
}

impl<'a, S: Storage, C: Clock + Entropy> Collector<'a, S, C> {
    /// A collector over these ports.
    pub fn new(storage: &'a S, environment: &'a C, settings: GcSettings) -> Self {
        Self { storage, environment, settings, deletes_factor: 1 }
    }

    /// Collects once. Takes at least [`PUBLICATION`](super::timing::PUBLICATION) and W and S, some two minutes, when there
    /// is anything to delete.
    ///
    /// # Errors
    /// See [`CollectError`].
    pub async fn collect(&mut self, extent: Extent) -> Result<Report, CollectError> {
        let start = read_end(self.storage).await?;
        self.check_turn(&start)?;
        let young_since = OssTime(start.date.0.saturating_sub(self.settings.grace()));

        let mut manifests = Manifests::default();
        let mark = Mark { storage: self.storage, settings: &self.settings, extent: mark::Extent::First };
        let mut survey = mark.repositories(&mut manifests).await?;
        mark.blobs(&mut survey).await?;

        let mut report = Report {
            without_blob: std::mem::take(&mut survey.without_blob),
            unreadable: std::mem::take(&mut survey.unreadable),
            ..Report::default()
        };
        survey.blobs.values().for_each(|size| report.blobs.add(*size));
        let garbage = garbage(&survey, young_since);
        let size = |digest: &Digest| survey.blobs.get(digest).copied().unwrap_or_default();
        garbage.iter().for_each(|digest| report.garbage.add(size(digest)));
        let listed = DigestList::new(garbage.into_iter().take(LONGEST_LIST));
        report.listed = listed.iter().cloned().collect();
        if listed.is_empty() || extent == Extent::DryRun {
            return Ok(report);
        }

        let record = self.announce(&start, young_since, &listed).await?;
        report.epoch = Some(AnnouncedEpoch {
            id: record.id,
            rescue_until: OssTime(record.rescue_until),
            delete_until: OssTime(record.delete_until),
        });
        let date = self.wait_for_rescues(&record).await?;
        let again = Mark { extent: mark::Extent::Again(&listed), ..mark }.repositories(&mut manifests).await?;
        let is_kept = |digest: &Digest| self.is_kept(&again, digest, young_since);
        let victims: Vec<Digest> = listed.iter().filter(|digest| !is_kept(digest)).cloned().collect();
        listed.iter().filter(|digest| is_kept(digest)).for_each(|digest| report.rescued.add(size(digest)));

        self.sweep(&record, date, &victims, &again, &survey.blobs, &mut report).await;
        self.deletes_factor = if report.left.digests == 0 { 1 } else { self.deletes_factor.saturating_mul(2) };
        Ok(report)
    }

    /// An epoch is announced only after all deletes of the last one, its own process's included, have landed or been
    /// refused.
    fn check_turn(&self, end: &LogEnd) -> Result<(), CollectError> {
        let last = end.record.filter(|_| self.settings.keeps(Rule::PublishAfterLastEpoch));
        let until = OssTime(last.map_or(0, |record| record.delete_until.saturating_add(self.settings.slack())));
        if end.date < until { Err(CollectError::Running { until }) } else { Ok(()) }
    }

    /// Writes the list and appends the record.
    async fn announce(
        &self,
        start: &LogEnd,
        young_since: OssTime,
        listed: &DigestList,
    ) -> Result<EpochRecord, CollectError> {
        let mut id = [0; 8];
        self.environment.fill(&mut id);
        let id = u64::from_be_bytes(id);
        let text = listed.to_text();
        let list_hash = list::hash(text.as_bytes());
        // Without a window: nobody else has this name, so that a late copy writes the same again, or what is deleted as old.
        let written = self.storage.put(&list_path(id), Bytes::from(text), Guard::default()).await?;
        let now = written.date.0;
        let (publication, in_t1) = self.settings.publication();
        let rescue_until = now.saturating_add(in_t1).saturating_add(self.settings.view_in_t1());
        let count = listed.len() as u64;
        let deletes = self.time_for_deletes(now.saturating_sub(start.date.0), count);
        let record = EpochRecord {
            id,
            young_since: young_since.0,
            rescue_until,
            delete_until: rescue_until.saturating_add(deletes),
            count,
            list_hash,
        };
        self.publish(start.length, &record, written.date, publication).await?;
        Ok(record)
    }

    /// From T1 to T2: the second mark takes as long as the first at most twice, then come the deletes.
    fn time_for_deletes(&self, first_mark: u64, count: u64) -> u64 {
        let deletes = count.div_ceil(DELETES_PER_SECOND);
        let reckoned = 2 * first_mark.min(LONGEST_DELETES) + deletes + self.settings.slack() + DELETE_RESERVE;
        reckoned.saturating_mul(self.deletes_factor).min(LONGEST_DELETES)
    }

    /// Waits until a `Date` is at least T1 + S: each write under a view without this epoch has landed or been refused.
    async fn wait_for_rescues(&self, record: &EpochRecord) -> Result<OssTime, CollectError> {
        let until = record.rescue_until.saturating_add(self.settings.slack());
        loop {
            let end = read_end(self.storage).await?;
            if end.date.0 >= until || !self.settings.keeps(Rule::SecondMarkWaits) {
                return Ok(end.date);
            }
            self.environment.sleep(Duration::from_secs(until - end.date.0).min(LONGEST_PAUSE)).await;
        }
    }

    /// Whether the second mark keeps a listed digest.
    fn is_kept(&self, survey: &Survey, digest: &Digest, young_since: OssTime) -> bool {
        let keeps = |rule| self.settings.keeps(rule);
        let is_referenced = survey.referenced.contains(digest);
        let is_young = survey.links.get(digest).is_some_and(|youngest| *youngest >= young_since);
        keeps(Rule::SecondMark) && (is_referenced || is_young && keeps(Rule::SecondMarkHeedsLinks))
    }
}

/// What no manifest names and no young link keeps.
fn garbage(survey: &Survey, young_since: OssTime) -> BTreeSet<Digest> {
    let is_garbage = |digest: &&Digest| {
        let is_young = survey.links.get(*digest).is_some_and(|youngest| *youngest >= young_since);
        !is_young && !survey.referenced.contains(*digest)
    };
    survey.links.keys().chain(survey.blobs.keys()).filter(is_garbage).cloned().collect()
}
