//! `ossicle blob walk`.

use super::stat;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output};
use clap::Args;
use futures_util::StreamExt;
use ossicle::FileInfo;

/// How many entries are written at once, at most: some 100 KiB.
const AT_ONCE: usize = 1024;

/// Tell everything below a directory, as it is listed
///
/// Each directory's children in the byte order of their names, and what is in a directory right behind it: /a/b comes before
/// /a-b. With --json each entry is a document on a line of its own.
#[derive(Debug, Args)]
pub struct Walk {
    /// The directory
    #[arg(default_value = "/")]
    path: String,
    /// Leave out what comes up to this path, or any other string, in that order, to continue a walk
    #[arg(long, value_name = "PATH")]
    start_after: Option<String>,
    /// With size and time, and a / behind directories
    #[arg(short, long)]
    long: bool,
}

/// Walks over it.
pub async fn run(walk: Walk, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let failed = |error| storage.call_error(Action::Walk, &walk.path, error);
    let entries = storage.blobs.walk(&walk.path, walk.start_after.as_deref()).await.map_err(failed)?;
    // Those that are there at once are written at once: a call of the system for each would take most of the time.
    let mut entries = entries.ready_chunks(AT_ONCE);
    while let Some(ready) = entries.next().await {
        let mut text = String::new();
        let mut end = Ok(());
        for info in ready {
            match info {
                Ok(info) => line(&info, &walk, format, &mut text)?,
                Err(error) => end = Err(failed(error)),
            }
        }
        output::print(&text)?;
        end?;
    }
    Ok(Exit::Success)
}

fn line(info: &FileInfo, walk: &Walk, format: Format, text: &mut String) -> Result<(), CommandError> {
    if format.json {
        text.push_str(&output::document(&stat::document(info))?);
    } else if walk.long {
        text.push_str(&stat::line(info));
    } else {
        text.push_str(&foreign::data(&info.path));
    }
    text.push('\n');
    Ok(())
}
