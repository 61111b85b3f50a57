//! `ossicle cert stat`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output::{self, FAINT, styled};
use crate::terminal::text;
use clap::Args;
use ossicle::{KeyInfo, Protection};
use ossicle_terms::sentence;
use serde_json::{Value, json};

/// Tell what is known of a key: file or directory, size, time
#[derive(Debug, Args)]
pub struct Stat {
    /// The key
    key: String,
}

/// Tells it.
pub async fn run(stat: Stat, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let found = storage.certificates.stat(&stat.key).await;
    let info = found.map_err(|error| storage.call_error(Action::Stat, &stat.key, error))?;
    // How it is kept only the value itself tells.
    let kept = if storage.may_be_clear() && info.is_terminal {
        let loaded = storage.certificates.load_value(&stat.key).await;
        Some(loaded.map_err(|error| storage.call_error(Action::Stat, &stat.key, error))?.protection)
    } else {
        None
    };
    if format.json {
        output::json(&super::load::marked(document(&info), kept))?;
        return Ok(Exit::Success);
    }
    let mut lines = vec![("key", foreign::data(&info.key).into_owned())];
    if info.is_terminal {
        lines.push(("kind", "file".to_owned()));
        let exact = if info.size < 1024 { String::new() } else { format!(" ({} bytes)", info.size) };
        lines.push(("size", text::size(info.size) + &exact));
    } else {
        lines.push(("kind", "directory".to_owned()));
    }
    lines.push(("modified", text::moment(info.modified)));
    lines.extend(kept.map(|protection| match protection {
        Protection::Sealed { key_id, by_primary: true } => ("kept", format!("sealed with the primary key, {key_id}")),
        Protection::Sealed { key_id, .. } => ("kept", format!("sealed with the key {key_id}, not the primary one")),
        _ => ("kept", "in clear; `ossicle cert reencrypt` seals it".to_owned()),
    }));
    output::print(&sentence::columns(&lines, 8, |name| styled(FAINT, name)))?;
    Ok(Exit::Success)
}

/// What is known of a key, for programs.
fn document(info: &KeyInfo) -> Value {
    let mut told = json!({
        "key": info.key,
        "kind": if info.is_terminal { "file" } else { "directory" },
        "modified": text::rfc3339(info.modified),
    });
    if info.is_terminal {
        told["size"] = json!(info.size);
    }
    told
}
