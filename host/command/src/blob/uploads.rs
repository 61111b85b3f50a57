//! `ossicle blob uploads`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals, text};
use clap::Args;
use futures_util::TryStreamExt;
use ossicle::UploadInfo;
use serde_json::{Value, json};
use std::time::Duration;

/// How many uploads are shown before they are removed, and removed at once.
const AT_ONCE: usize = 1000;

/// List uploads that were never finished, or remove them: their parts take room and are billed
///
/// Only uploads for paths are listed and removed: those for other names are another program's. What is removed is what was
/// shown. With --json each upload is a document on a line of its own.
#[derive(Debug, Args)]
pub struct Uploads {
    /// The path they are for, or a directory
    #[arg(default_value = "/")]
    path: String,
    /// Only those begun so long ago, such as 90m, 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration)]
    older_than: Option<Duration>,
    /// Show them and remove them. What is being written by one of them right now fails
    #[arg(long, requires = "older_than")]
    remove: bool,
}

/// Lists or removes them.
pub async fn run(uploads: Uploads, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Uploads { path, older_than, remove } = uploads;
    let older_than = older_than.unwrap_or_default();
    let storage = session.open().await?;
    let not_listed = |error| storage.call_error(Action::ListUploads, &path, error);
    let not_removed = |error| storage.call_error(Action::RemoveUploads, &path, error);
    let mut found = storage.blobs.uploads(&path, older_than).await.map_err(not_listed)?;
    let (mut shown, mut removed) = (Vec::new(), 0);
    loop {
        let upload = found.try_next().await.map_err(not_listed)?;
        let is_last = upload.is_none();
        if let Some(upload) = upload {
            show(&upload, remove, format)?;
            if remove {
                shown.push(upload);
            }
        }
        if shown.len() == AT_ONCE || (is_last && !shown.is_empty()) {
            signals::change_begins();
            storage.blobs.remove_uploads(&shown).await.map_err(not_removed)?;
            removed += shown.len();
            shown.clear();
        }
        if is_last {
            break;
        }
    }
    if remove {
        signals::change_begins();
        let orphans =
            if path == "/" { storage.blobs.remove_orphans(older_than).await.map_err(not_removed)? } else { 0 };
        if !format.json && !format.quiet {
            output::print(&format!("removed {removed}\n"))?;
            if orphans > 0 {
                output::print(&format!("removed {orphans} objects that uploads had left beside them\n"))?;
            }
        }
    }
    Ok(Exit::Success)
}

fn show(upload: &UploadInfo, remove: bool, format: Format) -> Result<(), CommandError> {
    if format.json {
        return Ok(output::json(&document(upload, remove))?);
    }
    let UploadInfo { path, upload_id, initiated, .. } = upload;
    Ok(output::print(&format!(
        "{}  {}  {}\n",
        text::moment(*initiated),
        foreign::data(upload_id),
        foreign::data(path)
    ))?)
}

fn document(upload: &UploadInfo, remove: bool) -> Value {
    let initiated = text::rfc3339(upload.initiated);
    json!({ "path": upload.path, "upload_id": upload.upload_id, "initiated": initiated, "removed": remove })
}
