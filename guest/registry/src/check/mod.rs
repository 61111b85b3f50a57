//! Checks the layout in a bucket, before this registry replaces another one or at any other time.
//!
//! The check only reads. The bucket may be in use meanwhile, so whatever seems to be missing is read once more before
//! it is reported. Problems are reported as they are found. The check needs 40 bytes of memory for each blob, and the
//! links and manifests of one repository at a time.

mod blobs;
mod finding;
mod repository;
mod table;
mod uploads;

use std::time::Duration;

pub use finding::{Finding, LinkProblem, Severity};
use serde::Serialize;
use table::Table;

use crate::digest::Digest;
use crate::gc::ABANDONED;
use crate::layout;
use crate::links::found;
use crate::ports::{Storage, StorageError};

/// What to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Whether to read all blobs and compare their digests.
    pub hashes: bool,
    /// The age from which an unused upload counts as abandoned.
    pub unused_for: Duration,
}

impl Default for CheckOptions {
    /// No hashes, and uploads that were not used for a week.
    fn default() -> Self {
        Self { hashes: false, unused_for: Duration::from_secs(ABANDONED) }
    }
}

/// How much was checked, and how much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The number of repositories that have links.
    pub repositories: u64,
    /// The number of tags that have a link.
    pub tags: u64,
    /// The number of manifests; one in several repositories counts once for each.
    pub manifests: u64,
    /// The number of layer links.
    pub layers: u64,
    /// The number of blobs, including manifests.
    pub blobs: u64,
    /// The size of the blobs in bytes.
    pub bytes: u64,
    /// The number of problems of [`Severity::Broken`].
    pub broken: u64,
    /// The number of problems of [`Severity::Danger`].
    pub danger: u64,
    /// The number of problems of [`Severity::Untidy`].
    pub untidy: u64,
}

/// The state of a check.
struct Check<'a, S, F> {
    storage: &'a S,
    options: CheckOptions,
    /// The sizes of the blobs that were listed.
    blobs: Table<u64>,
    report: CheckReport,
    on_finding: F,
}

/// Checks the layout, and passes each problem to `on_finding`. Requests: 1 for each 1000 files, for each 1000 uploads
/// in parts, for each tag and manifest of each repository, for each link whose length is not that of its digest, and
/// for whatever seems to be missing; with hashes 1 for each blob.
///
/// # Errors
/// If a request fails. What the rest of the layout contains is then unknown.
pub(crate) async fn check<S: Storage, F: FnMut(Finding)>(
    storage: &S,
    options: CheckOptions,
    on_finding: F,
) -> Result<CheckReport, StorageError> {
    let mut check = Check { storage, options, blobs: Table::default(), report: CheckReport::default(), on_finding };
    check.blobs().await?;
    check.repositories().await?;
    check.parts().await?;
    Ok(check.report)
}

impl<S: Storage, F: FnMut(Finding)> Check<'_, S, F> {
    fn found(&mut self, finding: Finding) {
        let count = match finding.severity() {
            Severity::Broken => &mut self.report.broken,
            Severity::Danger => &mut self.report.danger,
            Severity::Untidy => &mut self.report.untidy,
        };
        *count += 1;
        (self.on_finding)(finding);
    }

    /// The size of a blob; `None` if it does not exist. A blob that was not listed is looked up, because it may have
    /// been pushed since.
    async fn size(&self, digest: &Digest) -> Result<Option<u64>, StorageError> {
        match self.blobs.get(digest) {
            Some(size) => Ok(Some(size)),
            None => Ok(found(self.storage.stat(&layout::blob(digest)).await)?.map(|stat| stat.size)),
        }
    }
}
