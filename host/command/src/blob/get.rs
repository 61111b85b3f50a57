//! `ossicle blob get`.

use super::cat;
use super::offset::Part;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::files::atomic_file::AtomicFile;
use crate::session::blobs::{Session, Storage};
use crate::settings::Problem;
use crate::terminal::{Format, progress};
use crate::terminal::{foreign, output, text};
use clap::Args;
use futures_util::StreamExt;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Write a file's content into a file of this machine
///
/// It is written beside and then renamed, so that it is whole at any time, and only when all of it has come and, from the
/// beginning, its checksum is that of OSS.
#[derive(Debug, Args)]
pub struct Get {
    /// The path
    path: String,
    /// The file; - is standard output, and nothing the last name of the path, in the working directory
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    part: Part,
}

/// Gets it.
pub async fn run(get: Get, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Get { path, file, part } = get;
    if file.as_ref().is_some_and(|file| file.as_os_str() == "-") {
        if format.json {
            let hint = "give a file, which --json then names";
            return Err(Problem::new("--json: the content goes to standard output, and so would the document")
                .hint(hint)
                .into());
        }
        return cat::write_content(path, part, session).await;
    }
    let file = file.unwrap_or_else(|| PathBuf::from(path.rsplit('/').next().unwrap_or(&path)));
    let storage = session.open().await?;
    let length = length(&storage, &path, part, format).await?;
    let failed = |error| storage.call_error(Action::Read, &path, error);
    let unwritten = |error| CommandError::File { path: file.clone(), error };
    let mut content = storage.blobs.read_with(&path, part.offset, part.options()).await.map_err(failed)?;
    let mut atomic_file = AtomicFile::begin(&file).map_err(unwritten)?;
    let bar = progress::bar(format, &path, 0, length);
    let mut size = 0;
    while let Some(piece) = content.next().await {
        let piece = piece.map_err(failed)?;
        atomic_file.write_all(&piece).map_err(unwritten)?;
        size += piece.len() as u64;
        bar.set_position(size);
    }
    atomic_file.finish().map_err(unwritten)?;
    bar.finish_and_clear();
    let name = file.to_string_lossy();
    if format.json {
        output::json(&json!({ "path": path, "size": size, "file": name }))?;
    } else if !format.quiet {
        let (path, name) = (foreign::data(&path), foreign::data(&name));
        output::print(&format!("got {path} ({}) into {name}\n", text::size(size)))?;
    }
    Ok(Exit::Success)
}

/// How much will come, where somebody watches.
async fn length(storage: &Storage, path: &str, part: Part, format: Format) -> Result<Option<u64>, CommandError> {
    if !progress::is_watched(format) {
        return Ok(None);
    }
    let info = storage.blobs.stat(path).await.map_err(|error| storage.call_error(Action::Read, path, error))?;
    Ok(Some(part.of(info.size)))
}
