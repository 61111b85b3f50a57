//! `ossicle cert ls`.

use crate::session::certificates::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output::{self, NAME, styled};
use crate::terminal::text;
use crate::trouble::Exit;
use crate::trouble::{Action, Trouble};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use ossicle::{KeyInfo, KeyListing};
use ossicle_terms::sentence;
use serde_json::{Value, json};

/// How many entries `-l` asks about at once. One instance serves them all.
const AT_ONCE: usize = 32;

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
    /// With size and time, and a / behind directories; 1 or 2 requests more for each entry
    #[arg(short, long)]
    long: bool,
}

/// Lists it.
pub async fn run(list: List, session: Session, format: Format) -> Result<Exit, Trouble> {
    let List { prefix, recursive, long } = list;
    let storage = session.open().await?;
    let listed = storage.certificates.list(&prefix, recursive).await;
    let KeyListing { mut keys, left_out, .. } =
        listed.map_err(|error| storage.trouble(Action::List, &prefix, error))?;
    let name = prefix.trim_matches('/');
    if keys.is_empty() && !name.is_empty() && about(&storage, name).await?.is_some_and(|info| info.is_terminal) {
        // A file has nothing below it. As `ls` does, tell the file itself.
        keys.push(name.to_owned());
    }
    if !long {
        return told(&keys, left_out, format, |key| json!({ "key": key }), |key| foreign::data(key).into_owned());
    }
    let infos: Vec<Option<KeyInfo>> =
        stream::iter(&keys).map(|key| about(&storage, key)).buffered(AT_ONCE).try_collect().await?;
    // What went away meanwhile is no longer there to be told.
    let infos: Vec<KeyInfo> = infos.into_iter().flatten().collect();
    told(&infos, left_out, format, document, line)
}

/// What is known of a key; nothing when it went away.
async fn about(storage: &Storage, key: &str) -> Result<Option<KeyInfo>, Trouble> {
    match storage.certificates.stat(key).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(storage.trouble(Action::Stat, key, error)),
    }
}

fn told<T>(
    entries: &[T],
    left_out: u64,
    format: Format,
    document: impl Fn(&T) -> Value,
    line: impl Fn(&T) -> String,
) -> Result<Exit, Trouble> {
    if format.json {
        output::json(&json!({ "entries": entries.iter().map(document).collect::<Vec<_>>(), "left_out": left_out }))?;
    } else {
        output::print(&entries.iter().map(|entry| line(entry) + "\n").collect::<String>())?;
        if left_out > 0 && !format.quiet {
            output::remark(&sentence::left_out(left_out));
        } else if entries.is_empty() && output::is_watched() && !format.quiet {
            output::remark("nothing there");
        }
    }
    Ok(Exit::Success)
}

fn document(info: &KeyInfo) -> Value {
    super::stat::document(info)
}

fn line(info: &KeyInfo) -> String {
    let (size, name) = match info.is_terminal {
        true => (text::size(info.size), foreign::data(&info.key).into_owned()),
        false => ("-".to_owned(), styled(NAME, format!("{}/", foreign::data(&info.key)))),
    };
    format!("{size:>10}  {}  {name}", text::moment(info.modified))
}
