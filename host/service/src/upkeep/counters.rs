//! What came of looking after a tenant's bucket.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
#[derive(Debug, Default)]
pub(crate) struct UpkeepCounters {
    collected: AtomicU64,
    nothing: AtomicU64,
    elsewhere: AtomicU64,
    failed: AtomicU64,
    last_collection: AtomicU64,
    deleted_blobs: AtomicU64,
    deleted_bytes: AtomicU64,
    rescued_blobs: AtomicU64,
    left_blobs: AtomicU64,
    purges: AtomicU64,
    purges_failed: AtomicU64,
    purged_folders: AtomicU64,
    purged_uploads: AtomicU64,
}

/// What the counters held at a moment.
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

impl UpkeepCounters {
    /// A collection ended so, at this moment of Unix time in seconds.
    pub fn collection(&self, result: &Result<Report, CollectError>, now: u64) {
        let outcome = CollectionOutcome::of(result);
        let counter = match outcome {
            CollectionOutcome::Collected => &self.collected,
            CollectionOutcome::Nothing => &self.nothing,
            CollectionOutcome::Elsewhere => &self.elsewhere,
            CollectionOutcome::Failed => &self.failed,
        };
        counter.fetch_add(1, Relaxed);
        if let Ok(report) = result {
            self.last_collection.store(now, Relaxed);
            self.deleted_blobs.fetch_add(report.deleted.digests, Relaxed);
            self.deleted_bytes.fetch_add(report.deleted.bytes, Relaxed);
            self.rescued_blobs.fetch_add(report.rescued.digests, Relaxed);
            self.left_blobs.fetch_add(report.left.digests, Relaxed);
        }
    }

    /// Uploads were removed.
    pub fn purged(&self, report: &PurgeReport) {
        self.purges.fetch_add(1, Relaxed);
        self.purged_folders.fetch_add(report.folders.len() as u64, Relaxed);
        self.purged_uploads.fetch_add(report.uploads.len() as u64, Relaxed);
    }

    /// Uploads were to be removed, and something went wrong.
    pub fn purge_failed(&self) {
        self.purges_failed.fetch_add(1, Relaxed);
    }

    /// What they hold now.
    pub fn counts(&self) -> UpkeepCounts {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        UpkeepCounts {
            collected: read(&self.collected),
            nothing: read(&self.nothing),
            elsewhere: read(&self.elsewhere),
            failed: read(&self.failed),
            last_collection: read(&self.last_collection),
            deleted_blobs: read(&self.deleted_blobs),
            deleted_bytes: read(&self.deleted_bytes),
            rescued_blobs: read(&self.rescued_blobs),
            left_blobs: read(&self.left_blobs),
            purges: read(&self.purges),
            purges_failed: read(&self.purges_failed),
            purged_folders: read(&self.purged_folders),
            purged_uploads: read(&self.purged_uploads),
        }
    }
}
