//! The verbs of `cert`.

use super::output::{self, Output, heard};
use super::session::Session;
use super::trouble::CommandError;
use crate::Cert;
use futures_util::{StreamExt, stream};
use ossicle_face_storage::Problem;
use ossicle_face_storage::bindings::ossicle::storage::cert_storage::{
    KeyEntry, KeyInfo, KeyListing, ListedValue, Protection, Reencrypted, Storage,
};
use ossicle_face_storage::bindings::ossicle::storage::types::ErrorKind;
use ossicle_terms::sentence::{self, STANDARD_INPUT};
use ossicle_terms::{Action, Exit, Field, VALUE_LIMIT, text};
use std::time::{Duration, SystemTime};

/// How many keys are re-encrypted at once. One instance serves them all.
const AT_ONCE: usize = 16;

/// Does it.
pub async fn run(verb: Cert, session: &Session) -> Result<Exit, CommandError> {
    match verb {
        Cert::Store { key, allow_empty, no_clobber, quiet } => {
            let size = store(&key, allow_empty, no_clobber, session).await?;
            said(&sentence::stored(&key, size), quiet).await
        }
        Cert::Load { key } => load(key, session).await,
        Cert::Remove { key, recursive, force, quiet } => {
            let removed = remove(&key, recursive, force, session).await?;
            said(&sentence::removed(&key, removed), quiet).await
        }
        Cert::List { prefix, recursive, long, quiet } => list(prefix, recursive, long, quiet, session).await,
        Cert::Stat { key } => stat(key, session).await,
        Cert::Exists { key, quiet } => {
            let storage = session.certificates().await?;
            let exists = storage.exists(key.clone()).await;
            let exists = exists.map_err(|error| session.trouble(Action::Exists, &key, error))?;
            heard(said(if exists { "yes\n" } else { "no\n" }, quiet).await)?;
            Ok(if exists { Exit::Success } else { Exit::NotFound })
        }
        Cert::Reencrypt { prefix, quiet } => reencrypt(prefix, quiet, session).await,
    }
}

async fn said(text: &str, quiet: bool) -> Result<Exit, CommandError> {
    if !quiet {
        Output::print(text).await?;
    }
    Ok(Exit::Success)
}

/// Stores what comes on standard input, and tells its size.
async fn store(key: &str, allow_empty: bool, no_clobber: bool, session: &Session) -> Result<u64, CommandError> {
    let value = output::input(VALUE_LIMIT).await?;
    let size = value.len() as u64;
    if size > VALUE_LIMIT {
        return Err(CommandError::TooLarge { name: STANDARD_INPUT, limit: VALUE_LIMIT });
    }
    if size == 0 && !allow_empty {
        return Err(CommandError::Empty { name: STANDARD_INPUT, key: key.to_owned() });
    }
    let storage = session.certificates().await?;
    let stored = match no_clobber {
        true => storage.create(key.to_owned(), value).await,
        false => storage.store(key.to_owned(), value).await,
    };
    stored.map(|()| size).map_err(|error| session.trouble(Action::Store, key, error))
}

async fn load(key: String, session: &Session) -> Result<Exit, CommandError> {
    let storage = session.certificates().await?;
    let value = storage.load(key.clone()).await.map_err(|error| session.trouble(Action::Load, &key, error))?;
    Output::bytes(value).await?;
    Ok(Exit::Success)
}

/// Removes a file, or a directory where that is meant. Whether there was something to remove.
pub async fn remove(key: &str, recursive: bool, force: bool, session: &Session) -> Result<bool, CommandError> {
    let storage = session.certificates().await?;
    // To a listing such a key is the whole storage. To a removal it is no key, as the component will say.
    if key.split('/').any(|component| !matches!(component, "" | ".")) {
        match storage.list(key.to_owned(), false).await {
            // What no key can name would go as well.
            Ok(below) if !recursive && (!below.entries.is_empty() || below.left_out > 0) => {
                return Err(CommandError::Directory { key: key.to_owned() });
            }
            Ok(_) => {}
            Err(error) if force && matches!(error.kind, ErrorKind::NotFound) => return Ok(false),
            Err(error) => return Err(session.trouble(Action::Remove, key, error)),
        }
    }
    storage.delete(key.to_owned()).await.map_err(|error| session.trouble(Action::Remove, key, error))?;
    Ok(true)
}

async fn list(
    prefix: String,
    recursive: bool,
    long: bool,
    quiet: bool,
    session: &Session,
) -> Result<Exit, CommandError> {
    let storage = session.certificates().await?;
    let listed = storage.list(prefix.clone(), recursive).await;
    let KeyListing { mut entries, left_out } = listed.map_err(|error| session.trouble(Action::List, &prefix, error))?;
    let name = prefix.trim_matches('/');
    if entries.is_empty() && !name.is_empty() {
        // A file has nothing below it. As `ls` does, tell the file itself.
        entries.extend(file(&storage, name, session).await?);
    }
    let lines = entries.into_iter().map(|entry| if long { line(&entry) } else { entry.key } + "\n");
    Output::print(&lines.collect::<String>()).await?;
    if left_out > 0 && !quiet {
        output::aside(&sentence::left_out(left_out)).await;
    }
    Ok(Exit::Success)
}

/// A file as an entry of its own; none where the key is a directory, or went away.
async fn file(storage: &Storage, key: &str, session: &Session) -> Result<Option<KeyEntry>, CommandError> {
    match storage.stat(key.to_owned()).await {
        Ok(KeyInfo { key, modified, size, is_terminal: true }) => {
            Ok(Some(KeyEntry { key, value: Some(ListedValue { size: Some(size), modified }) }))
        }
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind, ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(session.trouble(Action::Stat, key, error)),
    }
}

fn line(entry: &KeyEntry) -> String {
    let Some(value) = &entry.value else { return format!("{:>10}  {:>20}  {}/", "-", "-", entry.key) };
    let size = value.size.map_or_else(|| "?".to_owned(), text::size);
    format!("{size:>10}  {}  {}", text::moment(moment(value.modified)), entry.key)
}

/// A moment of the WIT's.
pub fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

async fn stat(key: String, session: &Session) -> Result<Exit, CommandError> {
    let storage = session.certificates().await?;
    let info = storage.stat(key.clone()).await.map_err(|error| session.trouble(Action::Stat, &key, error))?;
    let mut lines = vec![("key", info.key)];
    if info.is_terminal {
        let exact = if info.size < 1024 { String::new() } else { format!(" ({} bytes)", info.size) };
        lines.extend([("kind", "file".to_owned()), ("size", text::size(info.size) + &exact)]);
    } else {
        lines.push(("kind", "directory".to_owned()));
    }
    lines.push(("modified", text::moment(moment(info.modified))));
    Output::print(&sentence::columns(&lines, 8, |name| name)).await?;
    Ok(Exit::Success)
}

async fn reencrypt(prefix: String, quiet: bool, session: &Session) -> Result<Exit, CommandError> {
    if session.settings.encryption()?.is_none() {
        return Err(Problem::of(Field::KeySet, "there is no key set to seal values with").into());
    }
    let storage = session.certificates().await?;
    let listed = storage.list(prefix.clone(), true).await;
    let KeyListing { entries, .. } = listed.map_err(|error| session.trouble(Action::List, &prefix, error))?;
    // Only files have values.
    let mut keys: Vec<_> = entries.into_iter().filter(|entry| entry.value.is_some()).map(|entry| entry.key).collect();
    if keys.is_empty() && !prefix.trim_matches('/').is_empty() {
        // A file has nothing below it.
        keys.push(prefix.trim_matches('/').to_owned());
    }
    let (mut current, mut from_clear, mut from_another, mut failed) = (0, 0, 0, Vec::new());
    let mut outcomes =
        stream::iter(&keys).map(async |key| (key, storage.reencrypt(key.clone()).await)).buffer_unordered(AT_ONCE);
    while let Some((key, outcome)) = outcomes.next().await {
        match outcome {
            Ok(Reencrypted::Current) => current += 1,
            Ok(Reencrypted::Rewritten(Protection::Clear)) => from_clear += 1,
            Ok(Reencrypted::Rewritten(_)) => from_another += 1,
            // What was removed meanwhile is no concern of anybody's.
            Ok(Reencrypted::Absent | Reencrypted::Foreign) => {}
            Err(error) => failed.push((key, error)),
        }
    }
    drop(outcomes);
    if !quiet {
        heard(Output::print(&sentence::reencrypted(from_clear, from_another, current)).await)?;
    }
    let count = failed.len();
    match failed.into_iter().next() {
        None => Ok(Exit::Success),
        // Where all fail alike, what is wrong is rather the config than a value.
        Some((key, error)) if count == keys.len() => Err(session.trouble(Action::Reencrypt, key, error)),
        Some((key, error)) => {
            let first = format!("{}: {}", ossicle_terms::foreign::quoted(key), error.message);
            Err(CommandError::Left { action: Action::Reencrypt, key: prefix, count, first })
        }
    }
}
