//! `ossicle blob rm`.

use crate::session::blobs::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use crate::trouble::Exit;
use crate::trouble::{Action, Trouble};
use clap::Args;
use serde_json::json;

/// Remove a file, or with -r a directory and everything below it
///
/// It looks first, since the driver itself would remove a directory as readily as a file. Uploads that were not finished go
/// with it.
#[derive(Debug, Args)]
pub struct Remove {
    /// The path
    path: String,
    /// Remove a directory with everything below it
    #[arg(short, long)]
    recursive: bool,
    /// Where nothing is there, call it done
    #[arg(short, long)]
    force: bool,
}

/// Removes it.
pub async fn run(remove: Remove, session: Session, format: Format) -> Result<Exit, Trouble> {
    let Remove { path, recursive, force } = remove;
    let storage = session.open().await?;
    if !recursive && is_directory(&storage, &path).await? {
        return Err(Trouble::Directory { key: path });
    }
    signals::change_begins();
    let removed = match storage.blobs.delete(&path).await {
        Ok(_) => true,
        Err(error) if error.is_not_found() && force => false,
        Err(error) => return Err(storage.trouble(Action::Remove, &path, error)),
    };
    if format.json {
        output::json(&json!({ "path": path, "removed": removed }))?;
    } else if !format.quiet {
        let what = if removed { "removed" } else { "nothing to remove:" };
        output::print(&format!("{what} {}\n", foreign::data(&path)))?;
    }
    Ok(Exit::Success)
}

/// Whether anything is below it.
async fn is_directory(storage: &Storage, path: &str) -> Result<bool, Trouble> {
    match storage.blobs.list(path).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(storage.trouble(Action::Remove, path, error)),
    }
}
