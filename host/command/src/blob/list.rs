//! `ossicle blob ls`.

use super::stat;
use crate::session::blobs::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::{foreign, output};
use crate::trouble::Exit;
use crate::trouble::{Action, Trouble};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use ossicle::FileInfo;
use serde_json::{Value, json};

/// How many entries `-l` asks about at once. One instance serves them all.
const AT_ONCE: usize = 32;

/// List what is directly in a directory
///
/// Paths are printed in full, as the other commands take them, one on a line and in byte order. `walk` tells everything
/// below. How many objects and directories have names that are no paths is said on standard error, and with --json in the
/// field left_out.
#[derive(Debug, Args)]
pub struct List {
    /// The directory
    #[arg(default_value = "/")]
    path: String,
    /// With size and time, and a / behind directories; 1 or 2 requests more for each entry
    #[arg(short, long)]
    long: bool,
}

/// Lists it.
pub async fn run(list: List, session: Session, format: Format) -> Result<Exit, Trouble> {
    let List { path, long } = list;
    let storage = session.open().await?;
    let listed = storage.blobs.list(&path).await;
    let (paths, left_out) = match listed {
        // As `ls` does, tell a file itself.
        Err(error) if error.is_not_found() && about(&storage, &path).await?.is_some() => (vec![path], 0),
        listed => {
            let listed = listed.map_err(|error| storage.trouble(Action::List, &path, error))?;
            (listed.paths, listed.left_out)
        }
    };
    if !long {
        let entries = paths.iter().map(|path| json!({ "path": path })).collect();
        let lines = paths.iter().map(|path| foreign::data(path).into_owned()).collect();
        return told(entries, lines, left_out, format);
    }
    let infos: Vec<Option<FileInfo>> =
        stream::iter(&paths).map(|path| about(&storage, path)).buffered(AT_ONCE).try_collect().await?;
    // What went away meanwhile is no longer there to be told.
    let infos: Vec<FileInfo> = infos.into_iter().flatten().collect();
    told(infos.iter().map(stat::document).collect(), infos.iter().map(stat::line).collect(), left_out, format)
}

/// What is known of a path; nothing when it is not there.
async fn about(storage: &Storage, path: &str) -> Result<Option<FileInfo>, Trouble> {
    match storage.blobs.stat(path).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(storage.trouble(Action::Stat, path, error)),
    }
}

fn told(entries: Vec<Value>, lines: Vec<String>, left_out: u64, format: Format) -> Result<Exit, Trouble> {
    if format.json {
        output::json(&json!({ "entries": entries, "left_out": left_out }))?;
    } else {
        output::print(&lines.into_iter().map(|line| line + "\n").collect::<String>())?;
        if left_out > 0 && !format.quiet {
            output::remark(&format!("{left_out} left out: their names are no paths"));
        }
    }
    Ok(Exit::Success)
}
