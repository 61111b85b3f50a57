//! Removes abandoned uploads: the folders of `_uploads`, and OSS's uploads in parts, which can be for a file there or
//! for the final path of a blob.
//!
//! This needs no epoch, no lock and no window: nothing refers to an upload, no other upload ever has its name or its
//! id, and removing it twice has no further effect.

use std::collections::{BTreeMap, BTreeSet};

use super::mark::Item;
use crate::layout;
use crate::pages::Pages;
use crate::ports::{OssTime, Storage, StorageError};

/// The default age in seconds from which an unused upload is abandoned: a week, as in distribution.
pub const ABANDONED: u64 = 7 * 24 * 60 * 60;

/// The removed uploads, or those that would be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurgeReport {
    /// Folders of `_uploads`, in order.
    pub folders: Vec<String>,
    /// Uploads in parts: the path of the file that each would create, and its id.
    pub uploads: Vec<(String, String)>,
    /// Files that OSS did not delete, each with the reason.
    pub left: Vec<(String, String)>,
}

/// Removes uploads that were not used for so many seconds, or only reports them. 1 request for each 1000 files in
/// repositories, for each 1000 uploads in parts, for each 1000 files that are removed, and 2 for each upload in parts
/// that is removed.
///
/// # Errors
/// If a request fails. Calling this again continues.
pub(crate) async fn purge<S: Storage>(
    storage: &S,
    older_than: u64,
    dry_run: bool,
) -> Result<PurgeReport, StorageError> {
    let mut folders = Folders::list(storage).await?;
    let young = folders.split_young(older_than);
    let mut report = PurgeReport { folders: folders.files.keys().cloned().collect(), ..PurgeReport::default() };
    for directory in [layout::repositories(), layout::blobs()] {
        purge_parts(storage, &directory, older_than, &young, dry_run, &mut report).await?;
    }
    let files: Vec<String> = folders.files.into_values().flatten().collect();
    if !dry_run && !files.is_empty() {
        let failed = storage.delete(&files, None).await?;
        report.left = failed.into_iter().map(|(path, error)| (path, error.to_string())).collect();
    }
    Ok(report)
}

/// Removes uploads in parts for files below a directory.
async fn purge_parts<S: Storage>(
    storage: &S,
    directory: &str,
    older_than: u64,
    young: &BTreeSet<String>,
    dry_run: bool,
    report: &mut PurgeReport,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let page = storage.uploads(directory, after.as_ref()).await?;
        let is_old = |initiated: OssTime| initiated.0.saturating_add(older_than) <= page.date.0;
        // A client that sends a little every day keeps its upload, no matter when that was initiated.
        let is_used = |path: &str| matches!(Item::parse(path), Item::Upload(folder) if young.contains(folder));
        let abandoned: Vec<_> =
            page.uploads.into_iter().filter(|upload| is_old(upload.initiated) && !is_used(&upload.path)).collect();
        if !dry_run && !abandoned.is_empty() {
            storage.abort(&abandoned).await?;
        }
        report.uploads.extend(abandoned.into_iter().map(|upload| (upload.path, upload.id)));
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The folders of `_uploads`.
#[derive(Default)]
struct Folders {
    /// The files of each folder.
    files: BTreeMap<String, Vec<String>>,
    /// When a file of the folder was last written.
    youngest: BTreeMap<String, OssTime>,
    /// The `Date` of the last response.
    date: u64,
}

impl Folders {
    async fn list<S: Storage>(storage: &S) -> Result<Self, StorageError> {
        let mut folders = Self::default();
        let mut pages = Pages::below(storage, layout::repositories());
        while let Some(page) = pages.next().await? {
            folders.date = page.date.0;
            for entry in page.entries {
                let (Item::Upload(folder), Some((_, modified))) = (Item::parse(&entry.path), entry.file) else {
                    continue;
                };
                let youngest = folders.youngest.entry(folder.to_owned()).or_insert(modified);
                *youngest = modified.max(*youngest);
                folders.files.entry(folder.to_owned()).or_default().push(entry.path.clone());
            }
        }
        Ok(folders)
    }

    /// Removes the folders in which a file was written recently, and returns them.
    fn split_young(&mut self, older_than: u64) -> BTreeSet<String> {
        let is_young = |modified: &OssTime| modified.0.saturating_add(older_than) > self.date;
        let young: BTreeSet<String> =
            self.youngest.iter().filter(|(_, modified)| is_young(modified)).map(|(folder, _)| folder.clone()).collect();
        self.files.retain(|folder, _| !young.contains(folder));
        young
    }
}
