//! `ossicle registry purge`.

use super::arguments::Bucket;
use super::failures::storage_failed;
use super::opening::{self, Lacking};
use crate::error::{CommandError, Exit};
use crate::terminal::{Format, foreign, output, signals};
use clap::Args;
use serde_json::{Value, json};
use std::time::Duration;

/// Remove uploads that nobody finished: their parts take room and are billed
///
/// An `ossicle registry` that serves does so by itself, with uploads on which nothing was done for a week.
#[derive(Debug, Args)]
pub struct Purge {
    /// Those on which nothing was done for so long, such as 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration, default_value = "7d")]
    older_than: Duration,
    /// Only tell what would be removed
    #[arg(long)]
    dry_run: bool,
}

/// Removes them.
pub async fn run(purge: Purge, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let Purge { older_than, dry_run } = purge;
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, false)?;
    if !dry_run {
        signals::change_begins();
    }
    let report =
        registry.purge_uploads(older_than, dry_run).await.map_err(|error| storage_failed("remove uploads", &error))?;
    if format.json {
        let uploads = report.uploads.iter().map(|(path, id)| json!({ "path": path, "upload_id": id }));
        let left = report.left.iter().map(|(path, reason)| json!({ "path": path, "reason": reason }));
        output::heard(output::json(&json!({
            "dry_run": dry_run,
            "folders": report.folders,
            "uploads": uploads.collect::<Vec<Value>>(),
            "not_deleted": left.collect::<Vec<Value>>(),
        })))?;
    } else if !format.quiet {
        let folders = report.folders.iter().map(|folder| foreign::data(folder).into_owned());
        let uploads = report.uploads.iter().map(|(path, id)| format!("{}  {}", foreign::data(path), foreign::data(id)));
        for line in folders.chain(uploads) {
            output::heard(output::print(&format!("{line}\n")))?;
        }
        let verb = if dry_run { "would be removed" } else { "removed" };
        let (folders, uploads) = (report.folders.len(), report.uploads.len());
        output::heard(output::print(&format!("{verb}: {folders} folders, {uploads} uploads to OSS\n")))?;
    }
    if report.left.is_empty() {
        return Ok(Exit::Success);
    }
    for (path, reason) in &report.left {
        output::warn(&format!("not removed: {}: {}", foreign::quoted(path), foreign::shown(reason)));
    }
    Ok(Exit::Failure)
}
