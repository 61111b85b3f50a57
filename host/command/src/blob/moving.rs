//! `ossicle blob mv`.

use super::conditions::Conditions;
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use crate::trouble::Exit;
use crate::trouble::{Action, Trouble};
use clap::Args;
use serde_json::json;

/// Move a file, over any that is there
///
/// OSS copies it, the copy is checked, and only then the file is removed where it was. Directories can't be moved.
#[derive(Debug, Args)]
pub struct Move {
    /// The path it has
    source: String,
    /// The path it gets
    destination: String,
    #[command(flatten)]
    conditions: Conditions,
}

/// Moves it.
pub async fn run(moving: Move, session: Session, format: Format) -> Result<Exit, Trouble> {
    let Move { source, destination, conditions } = moving;
    let storage = session.open().await?;
    signals::change_begins();
    let moved = storage.blobs.rename_with(&source, &destination, conditions.publish()).await;
    moved.map_err(|error| storage.trouble(Action::Move, &source, error))?;
    if format.json {
        output::json(&json!({ "source": source, "destination": destination }))?;
    } else if !format.quiet {
        output::print(&format!("moved {} to {}\n", foreign::data(&source), foreign::data(&destination)))?;
    }
    Ok(Exit::Success)
}
