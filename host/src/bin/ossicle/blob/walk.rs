//! `ossicle blob walk`.

use super::session::Session;
use super::{Format, stat};
use crate::exit::Exit;
use crate::output;
use crate::trouble::{Action, Trouble};
use clap::Args;
use futures_util::StreamExt;

/// Tell everything below a directory, as it is listed
///
/// In the byte order of objects' names, each directory right before what is in it: /a-b comes before /a/b. With --json each
/// entry is a document on a line of its own.
#[derive(Debug, Args)]
pub struct Walk {
    /// The directory
    #[arg(default_value = "/")]
    path: String,
    /// Leave out what comes up to this path, as to go on with a walk
    #[arg(long, value_name = "PATH")]
    start_after: Option<String>,
    /// With size and time, and a / behind directories
    #[arg(short, long)]
    long: bool,
}

/// Walks over it.
pub async fn run(walk: Walk, session: Session, format: Format) -> Result<Exit, Trouble> {
    let storage = session.open().await?;
    let failed = |error| storage.trouble(Action::Walk, &walk.path, error);
    let mut entries = storage.blobs.walk(&walk.path, walk.start_after.as_deref()).await.map_err(failed)?;
    while let Some(info) = entries.next().await {
        let info = info.map_err(failed)?;
        if format.json {
            output::json(&stat::document(&info))?;
        } else if walk.long {
            output::print(&(stat::line(&info) + "\n"))?;
        } else {
            output::print(&(info.path + "\n"))?;
        }
    }
    Ok(Exit::Success)
}
