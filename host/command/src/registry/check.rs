//! `ossicle registry check`.

use super::arguments::Bucket;
use super::failures::storage_failed;
use super::opening::{self, Lacking};
use crate::error::{CommandError, Exit};
use crate::terminal::{Format, foreign, output, text};
use clap::Args;
use ossicle_service::registry::check::{CheckOptions, CheckReport, Finding, Severity};
use serde_json::{Value, json};
use std::time::Duration;

/// Look whether all that is in the bucket can be served, before this registry takes another one's place or at any other time
///
/// It only reads, and the bucket may be in use. Each finding is on a line of its own: `broken` can't be pulled, `danger` can, but
/// one of the registries that may serve the bucket would destroy it or not serve it, `untidy` takes room. The exit code is 1
/// where something is broken or in danger.
#[derive(Debug, Args)]
pub struct Check {
    /// Read every blob and compare its digest, not only those of manifests
    #[arg(long)]
    hashes: bool,
    /// Uploads on which nothing was done for so long are findings
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration, default_value = "7d")]
    older_than: Duration,
}

/// Looks.
pub async fn run(check: Check, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, true)?;
    let options = CheckOptions { hashes: check.hashes, unused_for: check.older_than };
    let (mut findings, mut told) = (Vec::new(), Ok(()));
    let found = |finding: Finding| {
        if format.json {
            findings.push(document(&finding));
        } else if told.is_ok() {
            let line = format!("{}: {}\n", severity(finding.severity()), foreign::shown(&finding.to_string()));
            told = output::print(&line);
        }
    };
    let report = registry.check(options, found).await.map_err(|error| storage_failed("check the bucket", &error))?;
    output::heard(told)?;
    let CheckReport { repositories, tags, manifests, layers, blobs, bytes, broken, danger, untidy } = report;
    if format.json {
        output::heard(output::json(&json!({
            "repositories": repositories, "tags": tags, "manifests": manifests, "layers": layers, "blobs": blobs, "size": bytes,
            "broken": broken, "danger": danger, "untidy": untidy, "findings": findings,
        })))?;
    } else if !format.quiet {
        output::heard(output::print(&format!(
            "{repositories} repositories, {tags} tags, {manifests} manifests, {layers} layers, {blobs} blobs ({})\n{broken} broken, \
             {danger} in danger, {untidy} untidy\n",
            text::size(bytes)
        )))?;
    }
    Ok(if broken + danger == 0 { Exit::Success } else { Exit::Failure })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Untidy => "untidy",
        Severity::Danger => "danger",
        Severity::Broken => "broken",
    }
}

fn document(finding: &Finding) -> Value {
    let kind = serde_json::to_value(finding).ok().and_then(|value| value["finding"].as_str().map(str::to_owned));
    json!({
        "finding": kind.unwrap_or_default(),
        "severity": severity(finding.severity()),
        "message": finding.to_string(),
    })
}
