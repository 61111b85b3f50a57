//! `ossicle registry gc`.

use super::arguments::Bucket;
use super::failures::collection_failed;
use super::opening::{self, Lacking};
use crate::error::{CommandError, Exit};
use crate::terminal::{Format, foreign, output, signals, text};
use clap::Args;
use ossicle_service::registry::gc::{Amount, Extent, LeftFile, Report, UntaggedReport};
use serde_json::{Value, json};

/// Delete the blobs that no manifest names, while pushes and pulls go on
///
/// Every process that writes to the bucket must be an `ossicle registry`; beside another registry, collect only while that is
/// stopped or read-only. What was pushed or mounted within --grace is kept. Where there is anything to delete it takes some
/// two minutes, in which pushes take back what they need. A collection that is interrupted has deleted nothing that is
/// needed; the next one goes on. A registry that is served with --gc-every does so by itself.
#[derive(Debug, Args)]
pub struct Gc {
    /// Only tell what would be deleted. Nothing is written
    #[arg(long)]
    dry_run: bool,
    /// Before that, delete the manifests that no tag leads to, neither by itself nor as part of an index nor as a referrer of
    /// what stays. Only while every process that serves this bucket is read-only: what is tagged meanwhile could be deleted
    #[arg(long)]
    delete_untagged: bool,
}

const WHAT: &str = "collect garbage";

/// Collects.
pub async fn run(gc: Gc, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let Gc { dry_run, delete_untagged } = gc;
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, delete_untagged)?;
    if !dry_run {
        signals::change_begins();
    }
    let untagged = match delete_untagged {
        true => Some(registry.delete_untagged(dry_run).await.map_err(|error| collection_failed(WHAT, &error))?),
        false => None,
    };
    let extent = if dry_run { Extent::DryRun } else { Extent::Delete };
    let report = registry.collector().collect(extent).await.map_err(|error| collection_failed(WHAT, &error))?;
    let not_deleted: Vec<&LeftFile> = untagged
        .iter()
        .flat_map(|untagged| &untagged.left)
        .chain(&report.left_files)
        .chain(&report.left_lists)
        .collect();
    if format.json {
        output::heard(output::json(&document(dry_run, untagged.as_ref(), &report, &not_deleted)))?;
    } else if !format.quiet {
        output::heard(tell(dry_run, untagged.as_ref(), &report))?;
    }
    if not_deleted.is_empty() {
        return Ok(Exit::Success);
    }
    for LeftFile { path, reason } in &not_deleted {
        output::warn(&format!("not deleted: {}: {}", foreign::quoted(path), foreign::shown(reason)));
    }
    Ok(Exit::Failure)
}

fn amount(amount: Amount) -> Value {
    json!({ "count": amount.digests, "size": amount.bytes })
}

fn document(dry_run: bool, untagged: Option<&UntaggedReport>, report: &Report, not_deleted: &[&LeftFile]) -> Value {
    let mut document = json!({
        "dry_run": dry_run,
        "blobs": amount(report.blobs),
        "garbage": amount(report.garbage),
        "rescued": amount(report.rescued),
        "deleted": amount(report.deleted),
        "left": amount(report.left),
        "without_blob": report.without_blob,
        "unreadable": report.unreadable,
        "not_deleted": not_deleted
            .iter()
            .map(|left| json!({ "path": left.path, "reason": left.reason }))
            .collect::<Vec<_>>(),
    });
    if let Some(UntaggedReport { manifests, .. }) = untagged {
        let manifests = manifests.iter();
        let manifests: Vec<Value> =
            manifests.map(|(name, digest)| json!({ "repository": name, "digest": digest.to_string() })).collect();
        document["untagged"] = manifests.into();
    }
    document
}

fn tell(dry_run: bool, untagged: Option<&UntaggedReport>, report: &Report) -> Result<(), output::WriteError> {
    let told = |amount: Amount| format!("{} ({})", amount.digests, text::size(amount.bytes));
    let mut lines = Vec::new();
    if let Some(UntaggedReport { manifests, .. }) = untagged {
        let verb = if dry_run { "would be deleted" } else { "deleted" };
        lines.extend(manifests.iter().map(|(name, digest)| format!("untagged, {verb}: {name}@{digest}")));
    }
    let without = report.without_blob.iter();
    lines.extend(without.map(|revision| format!("a manifest without its blob: {}", foreign::shown(revision))));
    let unreadable = report.unreadable.iter();
    lines.extend(unreadable.map(|revision| format!("no manifest, and kept: {}", foreign::shown(revision))));
    lines.push(format!("blobs    {}", told(report.blobs)));
    lines.push(format!("garbage  {}", told(report.garbage)));
    if !dry_run {
        lines.push(format!("rescued  {}", told(report.rescued)));
        lines.push(format!("deleted  {}", told(report.deleted)));
        lines.push(format!("left     {}", told(report.left)));
    }
    lines.push(String::new());
    output::print(&lines.join("\n"))
}
