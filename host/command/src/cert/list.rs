//! `ossicle cert ls`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output::{self, NAME, styled};
use crate::terminal::text;
use clap::Args;
use ossicle::{KeyEntry, KeyListing};
use ossicle_terms::sentence;
use serde_json::{Value, json};

/// List the keys below a directory, or all
///
/// Keys are printed in full, as the other commands take them, one on a line and in byte order. How many objects no key can
/// name, with // in their names or a control character, is said on standard error, and with --json in the field left_out.
#[derive(Debug, Args)]
pub struct List {
    /// The directory; nothing is the whole storage
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// Everything below it, not one level only
    #[arg(short, long)]
    recursive: bool,
    /// With size and time, and a / behind directories
    ///
    /// OSS lists the sizes of objects. Where that of a sealed value can't be told from them, because the keys of the key set
    /// differ in what they add or values in clear are taken as well, it is "?" here and told by `ossicle cert stat`.
    #[arg(short, long)]
    long: bool,
}

/// Lists it.
pub async fn run(list: List, session: Session, format: Format) -> Result<Exit, CommandError> {
    let List { prefix, recursive, long } = list;
    let storage = session.open().await?;
    let listed = storage.certificates.list(&prefix, recursive).await;
    let KeyListing { mut entries, left_out, .. } =
        listed.map_err(|error| storage.call_error(Action::List, &prefix, error))?;
    let name = prefix.trim_matches('/');
    if entries.is_empty() && !name.is_empty() {
        // A file has nothing below it. As `ls` does, tell the file itself.
        entries.extend(file(&storage, name).await?);
    }
    if format.json {
        let documents: Vec<_> = entries.iter().map(|entry| document(entry, long)).collect();
        output::json(&json!({ "entries": documents, "left_out": left_out }))?;
    } else {
        let line = |entry: &KeyEntry| if long { line(entry) } else { foreign::data(&entry.key).into_owned() };
        output::print(&entries.iter().map(|entry| line(entry) + "\n").collect::<String>())?;
        if left_out > 0 && !format.quiet {
            output::remark(&sentence::left_out(left_out));
        } else if entries.is_empty() && output::is_watched() && !format.quiet {
            output::remark("nothing there");
        }
    }
    Ok(Exit::Success)
}

/// A file as an entry of its own; none where the key is a directory, or went away.
async fn file(storage: &Storage, key: &str) -> Result<Option<KeyEntry>, CommandError> {
    match storage.certificates.stat(key).await {
        Ok(info) => Ok(info.is_terminal.then(|| info.into())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(storage.call_error(Action::Stat, key, error)),
    }
}

fn document(entry: &KeyEntry, long: bool) -> Value {
    let mut told = json!({ "key": entry.key });
    if long {
        told["kind"] = json!(if entry.value.is_some() { "file" } else { "directory" });
        if let Some(value) = &entry.value {
            told["modified"] = json!(text::rfc3339(value.modified));
            if let Some(size) = value.size {
                told["size"] = json!(size);
            }
        }
    }
    told
}

fn line(entry: &KeyEntry) -> String {
    let key = foreign::data(&entry.key);
    let Some(value) = &entry.value else {
        return format!("{:>10}  {:>20}  {}", "-", "-", styled(NAME, format!("{key}/")));
    };
    let size = value.size.map_or_else(|| "?".to_owned(), text::size);
    format!("{size:>10}  {}  {key}", text::moment(value.modified))
}
