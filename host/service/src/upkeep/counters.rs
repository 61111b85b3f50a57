//! What came of looking after a tenant's bucket.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ossicle_registry::gc::{CollectError, PurgeReport, Report};

/// How a collection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CollectionOutcome {
    /// It announced an epoch, and deleted what it could.
    Collected,
    /// There was no garbage.
    Nothing,
    /// Another process collects.
    Elsewhere,
    /// Something went wrong, and nothing was deleted.
    Failed,
}

impl CollectionOutcome {
    pub fn of(result: &Result<Report, CollectError>) -> Self {
        match result {
            Ok(report) if report.epoch.is_some() => Self::Collected,
            Ok(_) => Self::Nothing,
            Err(CollectError::Running { .. } | CollectError::Overtaken) => Self::Elsewhere,
            Err(_) => Self::Failed,
        }
    }
}

/// What came of looking after a tenant's bucket, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UpkeepCounts {
    pub collected: u64,
    pub nothing: u64,
    pub elsewhere: u64,
    pub failed: u64,
    /// When the last collection ended that did not fail, in Unix seconds; 0 before the first.
    pub last_collection: u64,
    pub deleted_blobs: u64,
    pub deleted_bytes: u64,
    pub rescued_blobs: u64,
    pub left_blobs: u64,
    pub purges: u64,
    pub purges_failed: u64,
    pub purged_folders: u64,
    pub purged_uploads: u64,
}

/// Counts what comes of looking after a tenant's bucket.
#[derive(Debug, Default)]
pub(crate) struct UpkeepCounters(Mutex<UpkeepCounts>);

impl UpkeepCounters {
    /// A collection ended so, at this moment of Unix time in seconds.
    pub fn collection(&self, result: &Result<Report, CollectError>, now: u64) {
        let counts = &mut *self.lock();
        let outcome = match CollectionOutcome::of(result) {
            CollectionOutcome::Collected => &mut counts.collected,
            CollectionOutcome::Nothing => &mut counts.nothing,
            CollectionOutcome::Elsewhere => &mut counts.elsewhere,
            CollectionOutcome::Failed => &mut counts.failed,
        };
        *outcome += 1;
        if let Ok(report) = result {
            counts.last_collection = now;
            counts.deleted_blobs += report.deleted.digests;
            counts.deleted_bytes += report.deleted.bytes;
            counts.rescued_blobs += report.rescued.digests;
            counts.left_blobs += report.left.digests;
        }
    }

    /// Uploads were removed.
    pub fn purged(&self, report: &PurgeReport) {
        let counts = &mut *self.lock();
        counts.purges += 1;
        counts.purged_folders += report.folders.len() as u64;
        counts.purged_uploads += report.uploads.len() as u64;
    }

    /// Uploads were to be removed, and something went wrong.
    pub fn purge_failed(&self) {
        self.lock().purges_failed += 1;
    }

    /// What was counted up to now.
    pub fn counts(&self) -> UpkeepCounts {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, UpkeepCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
