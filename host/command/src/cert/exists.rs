//! `ossicle cert exists`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::output;
use clap::Args;
use serde_json::json;

/// Tell whether a key is a file or a directory: exit code 0 if it is, 3 if it is neither, another if that is unknown
#[derive(Debug, Args)]
pub struct Exists {
    /// The key
    key: String,
}

/// Tells it.
pub async fn run(exists: Exists, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let found = storage.certificates.exists(&exists.key).await;
    let exists_so = found.map_err(|error| storage.call_error(Action::Exists, &exists.key, error))?;
    if format.json {
        output::heard(output::json(&json!({ "key": exists.key, "exists": exists_so })))?;
    } else if !format.quiet {
        output::heard(output::print(if exists_so { "yes\n" } else { "no\n" }))?;
    }
    Ok(if exists_so { Exit::Success } else { Exit::NotFound })
}
