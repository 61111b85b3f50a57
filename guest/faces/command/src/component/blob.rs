//! The verbs of `blob`.

use super::bindings::wasi::cli::stdin;
use super::cert::moment;
use super::output::{self, Output};
use super::session::Session;
use super::trouble::CommandError;
use crate::{Blob, Part};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{
    Driver, DriverError, FileInfo, PublishOptions, ReadCondition, UploadInfo, UrlMethod, WriteOptions,
};
use ossicle_face_storage::bindings::ossicle::storage::types::ErrorKind;
use ossicle_face_storage::bindings::wit_future;
use ossicle_terms::{Action, Exit, sentence, text};
use std::time::Duration;
use wit_bindgen::StreamResult;

/// How many entries are asked about, and taken from a stream, at once.
const AT_ONCE: usize = 32;

/// How many uploads are shown before they are removed, and removed at once.
const REMOVED_AT_ONCE: usize = 1000;

/// Does it.
pub async fn run(verb: Blob, session: &Session) -> Result<Exit, CommandError> {
    let driver = session.blobs().await?;
    let (said, quiet) = match verb {
        Blob::Put { path, offset, content_type, no_clobber, quiet } => {
            let size = put(&path, offset, content_type, no_clobber, &driver, session).await?;
            (sentence::stored(&path, size), quiet)
        }
        Blob::Cat { path, part } => return cat(&path, part, &driver, session).await,
        Blob::Stat { path } => (stat(&path, &driver, session).await?, false),
        Blob::List { path, long, quiet } => return list(&path, long, quiet, &driver, session).await,
        Blob::Walk { path, long } => return walk(&path, long, &driver, session).await,
        Blob::Copy { source, destination, no_clobber, quiet } => {
            let done = driver.copy(source.clone(), destination.clone(), publish(no_clobber)).await;
            done.map_err(|error| session.blob_trouble(Action::Copy, &source, error))?;
            (sentence::relocated(Action::Copy, &source, &destination), quiet)
        }
        Blob::Move { source, destination, no_clobber, quiet } => {
            let done = driver.move_(source.clone(), destination.clone(), publish(no_clobber)).await;
            done.map_err(|error| session.blob_trouble(Action::Move, &source, error))?;
            (sentence::relocated(Action::Move, &source, &destination), quiet)
        }
        Blob::Remove { path, recursive, force, quiet } => {
            let removed = remove(&path, recursive, force, &driver, session).await?;
            (sentence::removed(&path, removed), quiet)
        }
        Blob::Url { path, head, expires } => return url(&path, head, expires, &driver, session).await,
        Blob::Uploads { path, older_than, remove, quiet } => {
            let removed = uploads(&path, older_than, remove, &driver, session).await?;
            match remove {
                true => (format!("removed {removed}\n"), quiet),
                false => return Ok(Exit::Success),
            }
        }
    };
    if !quiet {
        Output::print(&said).await?;
    }
    Ok(Exit::Success)
}

fn publish(create_only: bool) -> PublishOptions {
    PublishOptions { create_only, window: None }
}

/// Hands standard input to the driver as it is. How large the file is then.
async fn put(
    path: &str,
    offset: i64,
    content_type: Option<String>,
    no_clobber: bool,
    driver: &Driver,
    session: &Session,
) -> Result<u64, CommandError> {
    let (content, end) = stdin::read_via_stream();
    let (tell, told) = wit_future::new(|| Err("it was not read to its end".to_owned()));
    let telling = async {
        let end = end.await.map_err(|code| output::describe(code).to_owned());
        // Where nobody asks, the call has failed already, and says why.
        let _unasked = tell.write(end).await;
    };
    let options = WriteOptions { content_type, publish: publish(no_clobber) };
    let writing = driver.write_stream(path.to_owned(), offset, content, told, None, options);
    let (written, ()) = future::join(writing, telling).await;
    let (_, written) = written.map_err(|error| session.blob_trouble(Action::Write, path, error))?;
    Ok(written.size)
}

/// Hands the driver's stream to standard output as it is: that all of it came only the end tells.
async fn cat(path: &str, part: Part, driver: &Driver, session: &Session) -> Result<Exit, CommandError> {
    let failed = |error| session.blob_trouble(Action::Read, path, error);
    let condition = ReadCondition { if_match: None, if_none_match: None };
    let read = driver.read_stream(path.to_owned(), part.offset, part.length, condition).await;
    let (_, content, end) = read.map_err(failed)?;
    Output::pass(content).await?;
    end.await.map_err(failed)?;
    Ok(Exit::Success)
}

async fn stat(path: &str, driver: &Driver, session: &Session) -> Result<String, CommandError> {
    let info = driver.stat(path.to_owned()).await;
    let info = info.map_err(|error| session.blob_trouble(Action::Stat, path, error))?;
    let mut lines = vec![("path", info.path)];
    if info.is_dir {
        lines.push(("kind", "directory".to_owned()));
    } else {
        let exact = if info.size < 1024 { String::new() } else { format!(" ({} bytes)", info.size) };
        lines.push(("kind", "file".to_owned()));
        lines.push(("size", text::size(info.size) + &exact));
        lines.push(("modified", text::moment(moment(info.modified))));
    }
    Ok(sentence::columns(&lines, 8, |name| name))
}

fn line(info: &FileInfo) -> String {
    if info.is_dir {
        return format!("{:>10}  {:>20}  {}/\n", "-", "-", info.path);
    }
    format!("{:>10}  {}  {}\n", text::size(info.size), text::moment(moment(info.modified)), info.path)
}

async fn list(path: &str, long: bool, quiet: bool, driver: &Driver, session: &Session) -> Result<Exit, CommandError> {
    let (paths, left_out) = match driver.list(path.to_owned()).await {
        // As `ls` does, tell a file itself.
        Err(error) if is_absent(&error) && about(path, driver, session).await?.is_some() => (vec![path.to_owned()], 0),
        listed => {
            let listed = listed.map_err(|error| session.blob_trouble(Action::List, path, error))?;
            (listed.paths, listed.left_out)
        }
    };
    let lines: String = if long {
        let infos = stream::iter(&paths).map(|path| about(path, driver, session)).buffered(AT_ONCE);
        let infos: Vec<Option<FileInfo>> = infos.try_collect().await?;
        // What went away meanwhile is no longer there to be told.
        infos.iter().flatten().map(line).collect()
    } else {
        paths.iter().map(|path| format!("{path}\n")).collect()
    };
    Output::print(&lines).await?;
    if left_out > 0 && !quiet {
        output::aside(&sentence::left_out(left_out)).await;
    }
    Ok(Exit::Success)
}

/// What is known of a path; nothing when it is not there.
async fn about(path: &str, driver: &Driver, session: &Session) -> Result<Option<FileInfo>, CommandError> {
    match driver.stat(path.to_owned()).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(session.blob_trouble(Action::Stat, path, error)),
    }
}

fn is_absent(error: &DriverError) -> bool {
    error.causes.first().is_some_and(|cause| matches!(cause.error.kind, ErrorKind::NotFound))
}

async fn walk(path: &str, long: bool, driver: &Driver, session: &Session) -> Result<Exit, CommandError> {
    let failed = |error| session.blob_trouble(Action::Walk, path, error);
    let (mut entries, end) = driver.walk(path.to_owned(), None).await.map_err(failed)?;
    let mut output = Output::begin();
    loop {
        let (result, infos) = entries.read(Vec::with_capacity(AT_ONCE)).await;
        let lines = infos.iter().map(|info| if long { line(info) } else { format!("{}\n", info.path) });
        let is_read = output.write(lines.collect::<String>().into_bytes()).await;
        if !is_read || !matches!(result, StreamResult::Complete(_)) {
            break;
        }
    }
    output.end().await?;
    end.await.map_err(failed)?;
    Ok(Exit::Success)
}

/// Removes a file, or a directory where that is meant. Whether there was something to remove.
async fn remove(
    path: &str,
    recursive: bool,
    force: bool,
    driver: &Driver,
    session: &Session,
) -> Result<bool, CommandError> {
    if !recursive {
        match driver.list(path.to_owned()).await {
            Ok(_) => return Err(CommandError::Directory { key: path.to_owned() }),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(session.blob_trouble(Action::Remove, path, error)),
        }
    }
    match driver.delete(path.to_owned(), None).await {
        Ok(_) => Ok(true),
        Err(error) if force && is_absent(&error) => Ok(false),
        Err(error) => Err(session.blob_trouble(Action::Remove, path, error)),
    }
}

async fn url(
    path: &str,
    head: bool,
    expires: Duration,
    driver: &Driver,
    session: &Session,
) -> Result<Exit, CommandError> {
    // Whatever OSS answers tells the time. A URL can be signed without it, and then the warning below says so.
    let _answered = driver.check().await;
    let method = if head { UrlMethod::Head } else { UrlMethod::Get };
    let signed = driver.url_for(path.to_owned(), method, Some(expires.as_secs())).await;
    let signed = signed.map_err(|error| session.blob_trouble(Action::Sign, path, error))?;
    let holds = Duration::from_secs(signed.holds_for);
    if holds < expires {
        output::aside(&sentence::url_ends_early(holds)).await;
    }
    if session.settings.has_token() {
        output::aside(sentence::URL_ENDS_WITH_TOKEN).await;
    }
    if !signed.time_is_known {
        output::aside(sentence::URL_BY_OWN_CLOCK).await;
    }
    Output::print(&format!("{}\n", signed.url)).await?;
    Ok(Exit::Success)
}

/// Lists uploads and, where they are to be removed, removes those that were listed. How many were.
async fn uploads(
    path: &str,
    older_than: Duration,
    remove: bool,
    driver: &Driver,
    session: &Session,
) -> Result<u64, CommandError> {
    let not_listed = |error| session.blob_trouble(Action::ListUploads, path, error);
    let not_removed = |error| session.blob_trouble(Action::RemoveUploads, path, error);
    let (_, mut found, end) = driver.list_uploads(path.to_owned(), older_than.as_secs()).await.map_err(not_listed)?;
    let mut removed = 0;
    let mut output = Output::begin();
    let mut shown: Vec<UploadInfo> = Vec::new();
    loop {
        let (result, infos) = found.read(Vec::with_capacity(AT_ONCE)).await;
        let line =
            |one: &UploadInfo| format!("{}  {}  {}\n", text::moment(moment(one.initiated)), one.upload_id, one.path);
        output.write(infos.iter().map(line).collect::<String>().into_bytes()).await;
        let is_last = !matches!(result, StreamResult::Complete(_));
        if remove {
            shown.extend(infos);
            if shown.len() >= REMOVED_AT_ONCE || (is_last && !shown.is_empty()) {
                removed += shown.len() as u64;
                driver.remove_uploads(std::mem::take(&mut shown)).await.map_err(not_removed)?;
            }
        }
        if is_last {
            break;
        }
    }
    let said = output.end().await;
    end.await.map_err(not_listed)?;
    if remove && path == "/" {
        driver.remove_orphans(older_than.as_secs()).await.map_err(not_removed)?;
    }
    said?;
    Ok(removed)
}
