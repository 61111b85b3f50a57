//! Deletes the garbage of an epoch.

use std::collections::BTreeMap;

use super::{Amount, Collector, LeftFile, Report};
use crate::digest::Digest;
use crate::gc::log::{LISTS, list_path};
use crate::gc::mark::Survey;
use crate::gc::record::EpochRecord;
use crate::gc::rule::Rule;
use crate::gc::timing::{BATCH_MARGIN, LIST_LIFETIME};
use crate::layout;
use crate::ports::{Clock, Depth, Entropy, ListRequest, OssTime, Storage, StorageError, StorageErrorKind, Window};

/// How many files one request deletes: OSS's limit.
const BATCH: usize = 1000;

/// How often a batch is sent if the response does not tell the result. Repeating a delete has no further effect.
const ATTEMPTS: u32 = 3;

/// The reason in the report for files that were not deleted in time.
const TOO_LATE: &str = "the epoch ended before it was deleted";

impl<S: Storage, C: Clock + Entropy> Collector<'_, S, C> {
    /// Deletes the blobs and links of digests that nothing keeps, with requests signed to T2. What could not be deleted
    /// is in the report, and is left to the next epoch.
    pub(super) async fn sweep(
        &self,
        record: &EpochRecord,
        date: OssTime,
        unneeded: &[Digest],
        survey: &Survey,
        blobs: &BTreeMap<Digest, u64>,
        report: &mut Report,
    ) {
        let mut files: Vec<(&Digest, String)> = Vec::new();
        for digest in unneeded {
            if blobs.contains_key(digest) {
                files.push((digest, layout::blob(digest)));
            }
            let links = survey.paths.get(digest).into_iter().flatten();
            files.extend(links.map(|path| (digest, path.clone())));
        }
        let mut reasons: BTreeMap<String, String> = BTreeMap::new();
        let mut is_over = false;
        for batch in files.chunks(BATCH) {
            let paths: Vec<String> = batch.iter().map(|(_, path)| path.clone()).collect();
            let result = if is_over { Err(None) } else { self.delete(&paths, record, date).await.map_err(Some) };
            match result {
                Ok(failed) => reasons.extend(failed.into_iter().map(|(path, error)| (path, error.to_string()))),
                Err(error) => {
                    is_over |= error.as_ref().is_none_or(|error| error.kind == StorageErrorKind::TooLate);
                    let reason = error.map_or_else(|| TOO_LATE.to_owned(), |error| error.to_string());
                    reasons.extend(paths.into_iter().map(|path| (path, reason.clone())));
                }
            }
        }
        for of_digest in files.chunk_by(|(left, _), (right, _)| left == right) {
            let size = of_digest.first().and_then(|(digest, _)| blobs.get(*digest)).copied().unwrap_or_default();
            let is_left = of_digest.iter().any(|(_, path)| reasons.contains_key(path));
            let amount: &mut Amount = if is_left { &mut report.left } else { &mut report.deleted };
            amount.add(size);
        }
        report.left_files.extend(reasons.into_iter().map(|(path, reason)| LeftFile { path, reason }));
        let lists = self.remove_old_lists(record, date).await;
        let lists = lists.unwrap_or_else(|error| vec![(LISTS.to_owned(), error)]);
        report.left_lists.extend(lists.into_iter().map(|(path, error)| LeftFile { path, reason: error.to_string() }));
    }

    /// Deletes a batch. 1 request. The window ends at the end of the epoch, which never ends early, because another
    /// attempt of this request may arrive until then.
    async fn delete(
        &self,
        paths: &[String],
        record: &EpochRecord,
        date: OssTime,
    ) -> Result<Vec<(String, StorageError)>, StorageError> {
        let margin = if paths.len() > 1 { BATCH_MARGIN } else { 0 };
        let window = Window { start: date, end: OssTime(record.delete_until.saturating_sub(margin)) };
        let window = Some(window).filter(|_| self.settings.keeps(Rule::DeletesEnd));
        let mut attempt = 1;
        loop {
            match self.storage.delete(paths, window).await {
                Ok(failed) => return Ok(failed),
                Err(error) if error.undecided && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Deletes lists that no process reads any more, and returns those that OSS did not delete. 1 request, and 1 if
    /// there are any.
    async fn remove_old_lists(
        &self,
        record: &EpochRecord,
        date: OssTime,
    ) -> Result<Vec<(String, StorageError)>, StorageError> {
        let request = ListRequest { directory: LISTS, depth: Depth::All, start_after: None, limit: 1000 };
        let page = self.storage.list(request).await?;
        let own = list_path(record.id);
        let is_old = |file: &Option<(u64, OssTime)>| {
            file.is_some_and(|(_, modified)| modified.0.saturating_add(LIST_LIFETIME) < page.date.0)
        };
        let old = page.entries.iter().filter(|entry| is_old(&entry.file) && entry.path != own);
        let old: Vec<String> = old.map(|entry| entry.path.clone()).collect();
        if old.is_empty() { Ok(Vec::new()) } else { self.delete(&old, record, date).await }
    }
}
