//! `ossicle registry rm`.

use super::arguments::Bucket;
use super::asking::ask;
use super::opening::{self, Lacking};
use crate::terminal::{Format, foreign, output, signals};
use crate::trouble::{Exit, Trouble};
use clap::Args;
use http::Method;
use serde_json::json;

/// Remove a tag, or a manifest with all its tags
///
/// Its blobs stay until `ossicle registry gc` finds that nothing names them. A registry that serves the bucket notices within
/// half a minute.
#[derive(Debug, Args)]
pub struct Remove {
    /// A tag as REPOSITORY:TAG, whose manifest stays; or a manifest as REPOSITORY@DIGEST
    #[arg(value_name = "REPOSITORY:TAG|REPOSITORY@DIGEST", value_parser = image)]
    image: (String, String),
}

/// The repository, and the tag or digest.
fn image(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('@').or_else(|| text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')));
    match parts {
        Some((repository, reference)) if !repository.is_empty() && !reference.is_empty() => {
            Ok((repository.to_owned(), reference.to_owned()))
        }
        _ => Err("must be REPOSITORY:TAG or REPOSITORY@DIGEST".to_owned()),
    }
}

/// Removes it.
pub async fn run(remove: Remove, bucket: &Bucket, format: Format) -> Result<Exit, Trouble> {
    let (repository, reference) = remove.image;
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, false)?;
    let what = format!("remove {} of {}", foreign::quoted(&reference), foreign::quoted(&repository));
    signals::change_begins();
    ask(&registry, Method::DELETE, &format!("/v2/{repository}/manifests/{reference}"), &what).await?;
    if format.json {
        output::json(&json!({ "repository": repository, "reference": reference, "removed": true }))?;
    } else if !format.quiet {
        output::print(&format!("removed {} of {}\n", foreign::data(&reference), foreign::data(&repository)))?;
    }
    Ok(Exit::Success)
}
