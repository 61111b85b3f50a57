//! `ossicle blob ls`.

use super::stat;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::{foreign, output};
use clap::Args;
use ossicle::{FileInfo, PageOptions};
use serde_json::{Value, json};

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
    /// With size and time, and a / behind directories
    #[arg(short, long)]
    long: bool,
    /// At most so many, 1 to 1000; where there are more it is said how to go on
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
    /// Only what comes after this path in byte order, a directory's with / at its end; up to 1000, or --limit
    #[arg(long, value_name = "PATH")]
    start_after: Option<String>,
}

/// Lists it.
pub async fn run(list: List, session: Session, format: Format) -> Result<Exit, CommandError> {
    let List { path, long, limit, start_after } = list;
    let storage = session.open().await?;
    if limit.is_some() || start_after.is_some() {
        return page(&path, long, limit, start_after, &storage, format).await;
    }
    let listed = storage.blobs.list(&path).await;
    let (paths, left_out, file) = match listed {
        // As `ls` does, tell a file itself.
        Err(error) if error.is_not_found() => match about(&storage, &path).await? {
            Some(file) => (vec![path.clone()], 0, Some(file)),
            None => return Err(storage.call_error(Action::List, &path, error)),
        },
        listed => {
            let listed = listed.map_err(|error| storage.call_error(Action::List, &path, error))?;
            (listed.paths, listed.left_out, None)
        }
    };
    if !long {
        let entries = paths.iter().map(|path| json!({ "path": path })).collect();
        let lines = paths.iter().map(|path| foreign::data(path).into_owned()).collect();
        return print(entries, lines, left_out, format);
    }
    let infos = match file {
        Some(file) => vec![file],
        None => entries(&storage, &path).await?,
    };
    print(infos.iter().map(stat::document).collect(), infos.iter().map(stat::line).collect(), left_out, format)
}

/// What is directly in a directory, with sizes and times: one request for each 1000 entries.
async fn entries(storage: &Storage, path: &str) -> Result<Vec<FileInfo>, CommandError> {
    let (mut infos, mut start_after) = (Vec::new(), None);
    loop {
        let mut options = PageOptions::new();
        options.start_after = start_after;
        let page = storage.blobs.list_page(path, options).await;
        let page = page.map_err(|error| storage.call_error(Action::List, path, error))?;
        infos.extend(page.entries);
        start_after = page.next;
        if start_after.is_none() {
            break;
        }
    }
    // As the list without sizes: by path, and what is both a file and a directory is told as a file.
    infos.sort_by(|one, other| one.path.cmp(&other.path).then(one.is_dir.cmp(&other.is_dir)));
    infos.dedup_by(|later, first| later.path == first.path);
    Ok(infos)
}

/// Lists one page, by one request: sizes and times come with it.
async fn page(
    path: &str,
    long: bool,
    limit: Option<u32>,
    start_after: Option<String>,
    storage: &Storage,
    format: Format,
) -> Result<Exit, CommandError> {
    let mut options = PageOptions::new();
    (options.limit, options.start_after) = (limit, start_after);
    let page = storage.blobs.list_page(path, options).await;
    let page = page.map_err(|error| storage.call_error(Action::List, path, error))?;
    let entry = |info: &FileInfo| if long { stat::document(info) } else { json!({ "path": info.path }) };
    let line = |info: &FileInfo| if long { stat::line(info) } else { foreign::data(&info.path).into_owned() };
    if format.json {
        let mut document = json!({ "entries": page.entries.iter().map(entry).collect::<Vec<_>>() });
        if let Some(next) = page.next {
            document["next"] = next.into();
        }
        output::json(&document)?;
        return Ok(Exit::Success);
    }
    output::print(&page.entries.iter().map(|info| line(info) + "\n").collect::<String>())?;
    if let Some(next) = page.next.filter(|_| !format.quiet) {
        output::remark(&format!("there is more: go on with --start-after {}", foreign::quoted(&next)));
    }
    Ok(Exit::Success)
}

/// What is known of a path; nothing when it is not there.
async fn about(storage: &Storage, path: &str) -> Result<Option<FileInfo>, CommandError> {
    match storage.blobs.stat(path).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(storage.call_error(Action::Stat, path, error)),
    }
}

fn print(entries: Vec<Value>, lines: Vec<String>, left_out: u64, format: Format) -> Result<Exit, CommandError> {
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
