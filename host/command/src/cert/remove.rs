//! `ossicle cert rm`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use ossicle_terms::sentence;
use serde_json::json;

/// Remove a file, or with -r a directory and everything below it
///
/// It looks first, since the storage itself would remove a directory as readily as a file.
#[derive(Debug, Args)]
pub struct Remove {
    /// The key
    key: String,
    /// Remove a directory with everything below it
    #[arg(short, long)]
    recursive: bool,
    /// Where nothing is there, call it done
    #[arg(short, long)]
    force: bool,
}

/// Removes it.
pub async fn run(remove: Remove, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Remove { key, recursive, force } = remove;
    let storage = session.open().await?;
    let removed = names_nothing(&key) || may_remove(&storage, &key, recursive, force).await?;
    if removed {
        signals::change_begins();
        storage.certificates.delete(&key).await.map_err(|error| storage.call_error(Action::Remove, &key, error))?;
    }
    if format.json {
        output::json(&json!({ "key": key, "removed": removed }))?;
    } else if !format.quiet {
        output::print(&sentence::removed(&foreign::data(&key), removed))?;
    }
    Ok(Exit::Success)
}

/// Whether there is something to remove, and it may be.
async fn may_remove(storage: &Storage, key: &str, recursive: bool, force: bool) -> Result<bool, CommandError> {
    match storage.certificates.list(key, false).await {
        // What no key can name would go as well.
        Ok(below) if !recursive && (!below.entries.is_empty() || below.left_out > 0) => {
            Err(CommandError::Directory { key: key.to_owned() })
        }
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() && force => Ok(false),
        Err(error) => Err(storage.call_error(Action::Remove, key, error)),
    }
}

/// To a listing this is the whole storage. To a removal it is no key, as the component will say.
fn names_nothing(key: &str) -> bool {
    key.split('/').all(|component| matches!(component, "" | "."))
}
