//! `ossicle blob cp`.

use super::conditions::Conditions;
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use crate::trouble::Exit;
use crate::trouble::{Action, Trouble};
use clap::Args;
use serde_json::json;

/// Copy a file, over any that is there
///
/// OSS copies it, with its type, class, encryption and tags, and the copy is checked. Directories can't be copied.
#[derive(Debug, Args)]
pub struct Copy {
    /// The file
    source: String,
    /// The path of the copy
    destination: String,
    #[command(flatten)]
    conditions: Conditions,
}

/// Copies it.
pub async fn run(copy: Copy, session: Session, format: Format) -> Result<Exit, Trouble> {
    let Copy { source, destination, conditions } = copy;
    let storage = session.open().await?;
    signals::change_begins();
    let copied = storage.blobs.copy(&source, &destination, conditions.publish()).await;
    copied.map_err(|error| storage.trouble(Action::Copy, &source, error))?;
    if format.json {
        output::json(&json!({ "source": source, "destination": destination }))?;
    } else if !format.quiet {
        output::print(&format!("copied {} to {}\n", foreign::data(&source), foreign::data(&destination)))?;
    }
    Ok(Exit::Success)
}
