//! `ossicle blob cp` and `ossicle blob mv`, which differ in whether the file stays where it was.

use super::conditions::Conditions;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use ossicle_terms::sentence;
use serde_json::json;

// Where a file is, and where it is to be. A documentation comment would take the place of what each command says of itself.
#[derive(Debug, Args)]
pub struct Paths {
    /// The path it has
    source: String,
    /// The path it gets, or its copy
    destination: String,
    #[command(flatten)]
    conditions: Conditions,
}

/// Copies it.
pub async fn copy(paths: Paths, session: Session, format: Format) -> Result<Exit, CommandError> {
    relocate(paths, true, session, format).await
}

/// Moves it.
pub async fn rename(paths: Paths, session: Session, format: Format) -> Result<Exit, CommandError> {
    relocate(paths, false, session, format).await
}

async fn relocate(paths: Paths, stays: bool, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Paths { source, destination, conditions } = paths;
    let storage = session.open().await?;
    signals::change_begins();
    let guard = conditions.publish();
    let (done, action) = if stays {
        (storage.blobs.copy(&source, &destination, guard).await.map(drop), Action::Copy)
    } else {
        (storage.blobs.rename_with(&source, &destination, guard).await.map(drop), Action::Move)
    };
    done.map_err(|error| storage.call_error(action, &source, error))?;
    if format.json {
        output::json(&json!({ "source": source, "destination": destination }))?;
    } else if !format.quiet {
        output::print(&sentence::relocated(action, &foreign::data(&source), &foreign::data(&destination)))?;
    }
    Ok(Exit::Success)
}
