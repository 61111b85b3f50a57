//! `ossicle blob rm`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::{Session, Storage};
use crate::settings::Problem;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use ossicle_terms::sentence;
use serde_json::json;

/// Remove files, or with -r a directory and everything below it
///
/// Of a single path it looks first, since the driver itself would remove a directory as readily as a file. Uploads that were
/// not finished go with it. Several files go by one request for each 1000; one that is not there is no failure then, and
/// nothing below their paths is touched.
#[derive(Debug, Args)]
pub struct Remove {
    /// The path, or several files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Remove a directory with everything below it; for a single path
    #[arg(short, long)]
    recursive: bool,
    /// Where nothing is there, call it done
    #[arg(short, long)]
    force: bool,
}

/// Removes it.
pub async fn run(remove: Remove, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Remove { mut paths, recursive, force } = remove;
    let path = match (paths.len(), paths.pop()) {
        (1, Some(path)) => path,
        (_, last) => {
            paths.extend(last);
            return several(paths, recursive, session, format).await;
        }
    };
    let storage = session.open().await?;
    if !recursive && is_directory(&storage, &path).await? {
        return Err(CommandError::Directory { key: path });
    }
    signals::change_begins();
    let removed = match storage.blobs.delete(&path).await {
        Ok(_) => true,
        Err(error) if error.is_not_found() && force => false,
        Err(error) => return Err(storage.call_error(Action::Remove, &path, error)),
    };
    if format.json {
        output::json(&json!({ "path": path, "removed": removed }))?;
    } else if !format.quiet {
        output::print(&sentence::removed(&foreign::data(&path), removed))?;
    }
    Ok(Exit::Success)
}

/// Removes files.
async fn several(paths: Vec<String>, recursive: bool, session: Session, format: Format) -> Result<Exit, CommandError> {
    if recursive {
        return Err(Problem::new("-r is for a single path: what is below it goes with it").into());
    }
    let storage = session.open().await?;
    signals::change_begins();
    let removed = storage.blobs.delete_files(paths.clone(), None).await;
    let first = paths.first().map_or("", String::as_str);
    removed.map_err(|error| storage.call_error(Action::Remove, first, error))?;
    if format.json {
        output::json(&json!({ "paths": paths, "removed": true }))?;
    } else if !format.quiet {
        let lines = paths.iter().map(|path| sentence::removed(&foreign::data(path), true));
        output::print(&lines.collect::<String>())?;
    }
    Ok(Exit::Success)
}

/// Whether anything is below it.
async fn is_directory(storage: &Storage, path: &str) -> Result<bool, CommandError> {
    match storage.blobs.list(path).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(storage.call_error(Action::Remove, path, error)),
    }
}
