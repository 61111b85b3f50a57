//! `ossicle blob stat`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output::{self, FAINT, styled};
use crate::terminal::text;
use clap::Args;
use ossicle::FileInfo;
use ossicle_terms::sentence;
use serde_json::{Value, json};

/// Tell what is known of a path: file or directory, size, time
#[derive(Debug, Args)]
pub struct Stat {
    /// The path
    path: String,
}

/// Tells it.
pub async fn run(stat: Stat, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let found = storage.blobs.stat(&stat.path).await;
    let info = found.map_err(|error| storage.call_error(Action::Stat, &stat.path, error))?;
    if format.json {
        output::json(&document(&info))?;
        return Ok(Exit::Success);
    }
    let mut lines = vec![("path", foreign::data(&info.path).into_owned())];
    if info.is_dir {
        lines.push(("kind", "directory".to_owned()));
    } else {
        let exact = if info.size < 1024 { String::new() } else { format!(" ({} bytes)", info.size) };
        lines.push(("kind", "file".to_owned()));
        lines.push(("size", text::size(info.size) + &exact));
        lines.push(("modified", text::moment(info.modified)));
    }
    output::print(&sentence::columns(&lines, 8, |name| styled(FAINT, name)))?;
    Ok(Exit::Success)
}

/// What is known of a path, for programs.
pub fn document(info: &FileInfo) -> Value {
    if info.is_dir {
        return json!({ "path": info.path, "kind": "directory" });
    }
    json!({ "path": info.path, "kind": "file", "size": info.size, "modified": text::rfc3339(info.modified) })
}

/// The same in a line.
pub fn line(info: &FileInfo) -> String {
    let path = foreign::data(&info.path);
    if info.is_dir {
        return format!("{:>10}  {:>20}  {}", "-", "-", styled(output::NAME, format!("{path}/")));
    }
    format!("{:>10}  {}  {path}", text::size(info.size), text::moment(info.modified))
}
