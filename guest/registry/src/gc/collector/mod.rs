//! A collector deletes garbage. Any process may run one, and any number may run concurrently, without a lock.
//!
//! Each collection is an epoch, with these steps. S, W, T1, T2 and C are explained at the rules for pushes (`pushes`).
//!
//! 1. Read the log, and continue only if the `Date` is at least the last T2 + S. C is that `Date` less the grace
//!    period.
//! 2. Mark: revisions and everything that their manifests name are referenced. Content that is not referenced and has
//!    no link at least as young as C is listed. Any error ends the collection; only the missing blob of a manifest
//!    means that the manifest names nothing. Content that matches its digest and is not a manifest is reported, and
//!    everything that looks like a digest in it is kept; damaged content ends the collection.
//! 3. Write the list. Then append the record at the log's length from step 1, signed to V, the end of the publication.
//!    T1 = V + W.
//! 4. If the response to the append does not tell the result, append the same record at the same position again, and
//!    continue only if the log ends with this record.
//! 5. At a `Date` of at least T1 + S mark again, and keep whatever is referenced or has a link at least as young as C
//!    now.
//! 6. Delete the blobs and links of the rest, with each request signed to T2. What could not be deleted is left to the
//!    next epoch.
//! 7. An epoch never ends early, because another attempt of a delete request could arrive after such an end.
//! 8. Delete old lists.
//!
//! A collector that dies at any point leaves an epoch without deletes. Its only effect is that pushes of listed digests
//! are delayed.

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
use super::mark::{Manifests, Mark, MarkScope, Survey};
use super::record::EpochRecord;
use super::rule::Rule;
use super::settings::GcSettings;
use super::timing::{DELETE_RESERVE, DELETES_PER_SECOND, LONGEST_DELETES, LONGEST_LIST};
use crate::digest::Digest;
use crate::ports::{Clock, Entropy, Guard, OssTime, Storage, StorageError};

/// The longest pause, on the local clock, between two reads of the log while a collector waits for T1 + S. With a
/// longer one, a clock that runs slow could cost much of the time for the deletes.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a collection, or a deletion of untagged manifests, ended early. A collection has then deleted nothing; a
/// deletion of untagged manifests may have deleted some of them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CollectError {
    /// The epoch log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A request failed. Content that can't be read might name blobs, so nothing more is deleted.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The epoch of another collection is not over.
    #[error("another collection runs until {} (unix time)", .until.0)]
    Running {
        /// The time from which the next one can start.
        until: OssTime,
    },
    /// Another collector announced its epoch first.
    #[error("another collection was announced at the same time")]
    Overtaken,
    /// It is unknown whether the epoch was announced.
    #[error("the epoch could not be announced: {0}")]
    NotAnnounced(StorageError),
    /// The stored contents of these manifests do not match their digests, so it is unknown what they named.
    #[error(
        "{} stored manifests are damaged, so it is unknown what they name and nothing can be deleted: push each again or \
         delete it by its digest: {}",
        .0.len(), DigestSample(.0)
    )]
    Damaged(Vec<Digest>),
    /// This is possible only while the registry is read-only.
    #[error("manifests that no tag leads to can be deleted only while the registry is read-only")]
    NotReadOnly,
    /// A link does not hold a digest.
    #[error("the link {0} holds no digest, so that nothing can be deleted")]
    Link(String),
}

/// How many manifests a message lists; a longer message would be hard to read.
const DIGESTS_IN_MESSAGE: usize = 10;

/// The digests in a message.
struct DigestSample<'a>(&'a [Digest]);

impl fmt::Display for DigestSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(DIGESTS_IN_MESSAGE).map(Digest::to_string).collect();
        let more = if self.0.len() > DIGESTS_IN_MESSAGE { ", and more" } else { "" };
        write!(f, "{}{more}", named.join(", "))
    }
}

/// Whether a collection deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Deletes garbage.
    #[default]
    Delete,
    /// Only reports garbage, and writes nothing.
    DryRun,
}

/// Collects garbage, repeatedly if it is kept.
#[derive(Debug)]
pub struct Collector<'a, S, C> {
    storage: &'a S,
    environment: &'a C,
    settings: GcSettings,
    /// The factor by which the estimated time for deletes is multiplied. It is doubled after each epoch that could not
    /// delete everything.
    deletes_factor: u64,
}

impl<'a, S: Storage, C: Clock + Entropy> Collector<'a, S, C> {
    /// Creates a collector that uses these ports.
    pub fn new(storage: &'a S, environment: &'a C, settings: GcSettings) -> Self {
        Self { storage, environment, settings, deletes_factor: 1 }
    }

    /// Collects once. If there is anything to delete, this takes at least [`PUBLICATION`](super::timing::PUBLICATION),
    /// W and S, which together are more than two minutes.
    ///
    /// # Errors
    /// See [`CollectError`].
    pub async fn collect(&mut self, extent: Extent) -> Result<Report, CollectError> {
        let start = read_end(self.storage).await?;
        self.check_last_epoch(&start)?;
        let young_since = OssTime(start.date.0.saturating_sub(self.settings.grace()));

        let mut manifests = Manifests::default();
        let mark = Mark { storage: self.storage, settings: &self.settings, scope: MarkScope::First };
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
        let second = Mark { scope: MarkScope::Second(&listed), ..mark }.repositories(&mut manifests).await?;
        let is_kept = |digest: &Digest| self.is_kept(&second, digest, young_since);
        let unneeded: Vec<Digest> = listed.iter().filter(|digest| !is_kept(digest)).cloned().collect();
        listed.iter().filter(|digest| is_kept(digest)).for_each(|digest| report.rescued.add(size(digest)));

        self.sweep(&record, date, &unneeded, &second, &survey.blobs, &mut report).await;
        self.deletes_factor = if report.left.digests == 0 { 1 } else { self.deletes_factor.saturating_mul(2) };
        Ok(report)
    }

    /// Checks that the last epoch is over. An epoch is announced only after all deletes of the last one, including this
    /// process's own, have taken effect or were rejected.
    fn check_last_epoch(&self, end: &LogEnd) -> Result<(), CollectError> {
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
        // This write needs no window: no other process uses this name, so a late attempt writes the same content again,
        // or a list that will be deleted when it is old.
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

    /// The time from T1 to T2. The second mark takes at most twice as long as the first, and the deletes follow it.
    fn time_for_deletes(&self, first_mark: u64, count: u64) -> u64 {
        let deletes = count.div_ceil(DELETES_PER_SECOND);
        let estimated = 2 * first_mark.min(LONGEST_DELETES) + deletes + self.settings.slack() + DELETE_RESERVE;
        estimated.saturating_mul(self.deletes_factor).min(LONGEST_DELETES)
    }

    /// Waits until a `Date` is at least T1 + S: every write under a view without this epoch has then taken effect or
    /// was rejected.
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

/// The digests that no manifest names and no young link keeps.
fn garbage(survey: &Survey, young_since: OssTime) -> BTreeSet<Digest> {
    let is_garbage = |digest: &&Digest| {
        let is_young = survey.links.get(*digest).is_some_and(|youngest| *youngest >= young_since);
        !is_young && !survey.referenced.contains(*digest)
    };
    survey.links.keys().chain(survey.blobs.keys()).filter(is_garbage).cloned().collect()
}
