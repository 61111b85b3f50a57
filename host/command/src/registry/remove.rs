//! `ossicle registry rm`.

use super::arguments::Bucket;
use super::failures::refused;
use super::opening::{self, Lacking};
use crate::error::{CommandError, Exit};
use crate::terminal::{Format, output, signals};
use clap::Args;
use ossicle_service::registry::{Reference, RepositoryName};
use serde_json::json;

/// Remove a tag, or a manifest with all its tags
///
/// Its blobs stay until `ossicle registry gc` finds that nothing names them. A registry that serves the bucket notices within
/// half a minute.
#[derive(Debug, Args)]
pub struct Remove {
    /// A tag as REPOSITORY:TAG, whose manifest stays; or a manifest as REPOSITORY@DIGEST
    #[arg(value_name = "REPOSITORY:TAG|REPOSITORY@DIGEST", value_parser = image)]
    image: (RepositoryName, Reference),
}

/// The repository, and the tag or digest.
fn image(text: &str) -> Result<(RepositoryName, Reference), String> {
    let parts = text.split_once('@').or_else(|| text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')));
    let read = parts.and_then(|(repository, reference)| {
        let is_digest = text.contains('@');
        let reference = Reference::parse(reference).ok()?;
        let is_as_written = matches!(reference, Reference::Digest(_)) == is_digest;
        RepositoryName::parse(repository).filter(|_| is_as_written).map(|name| (name, reference))
    });
    read.ok_or_else(|| "must be REPOSITORY:TAG or REPOSITORY@DIGEST".to_owned())
}

/// Removes it.
pub async fn run(remove: Remove, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let (name, reference) = remove.image;
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, false)?;
    signals::change_begins();
    let removed = registry.remove(&name, &reference).await;
    removed.map_err(|failure| refused(&format!("remove \"{reference}\" of \"{name}\""), &failure))?;
    if format.json {
        output::json(&json!({ "repository": name.as_str(), "reference": reference.to_string(), "removed": true }))?;
    } else if !format.quiet {
        output::print(&format!("removed {reference} of {name}\n"))?;
    }
    Ok(Exit::Success)
}
