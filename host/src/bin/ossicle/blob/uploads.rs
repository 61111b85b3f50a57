//! `ossicle blob uploads`.

use super::Format;
use super::session::Session;
use crate::exit::Exit;
use crate::trouble::{Action, Trouble};
use crate::{foreign, interrupt, output, text};
use clap::Args;
use ossicle::UploadInfo;
use serde_json::json;
use std::time::Duration;

/// List uploads that were never finished, or remove them: their parts take room and are billed
#[derive(Debug, Args)]
pub struct Uploads {
    /// The path they are for, or a directory
    #[arg(default_value = "/")]
    path: String,
    /// Only those begun so long ago, such as 90m, 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = span)]
    older_than: Option<Duration>,
    /// Remove them. What is being written by one of them right now fails
    #[arg(long, requires = "older_than")]
    remove: bool,
}

/// Lists or removes them.
pub async fn run(uploads: Uploads, session: Session, format: Format) -> Result<Exit, Trouble> {
    let Uploads { path, older_than, remove } = uploads;
    let older_than = older_than.unwrap_or_default();
    let storage = session.open().await?;
    let found = if remove {
        interrupt::change_begins();
        storage.blobs.remove_uploads(&path, older_than).await
    } else {
        storage.blobs.uploads(&path, older_than).await
    };
    let found = found.map_err(|error| storage.trouble(Action::Uploads, &path, error))?;
    if format.json {
        let document = |upload: &UploadInfo| {
            let initiated = text::rfc3339(upload.initiated);
            json!({ "path": upload.path, "upload_id": upload.upload_id, "initiated": initiated })
        };
        let uploads: Vec<_> = found.iter().map(document).collect();
        output::json(&json!({ "uploads": uploads, "removed": remove }))?;
        return Ok(Exit::Success);
    }
    let line = |upload: &UploadInfo| {
        format!(
            "{}  {}  {}\n",
            text::moment(upload.initiated),
            foreign::data(&upload.upload_id),
            foreign::data(&upload.path)
        )
    };
    output::print(&found.iter().map(line).collect::<String>())?;
    if remove && !format.quiet {
        output::print(&format!("removed {}\n", found.len()))?;
    }
    Ok(Exit::Success)
}

/// A span of time: `90s`, `20m`, `24h`, `7d`.
pub fn span(text: &str) -> Result<Duration, String> {
    let refused = || "must be a number with s, m, h or d behind it, such as 24h".to_owned();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refused)?);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(refused()),
    };
    let number: u64 = number.parse().map_err(|_| refused())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(refused)
}
