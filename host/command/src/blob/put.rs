//! `ossicle blob put`.

use super::compare::compare;
use super::conditions::Conditions;
use super::input::Input;
use super::offset::offset;
use crate::error::Exit;
use crate::error::UploadError;
use crate::error::{Action, CommandError};
use crate::session::blobs::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::progress;
use crate::terminal::signals::{or_interrupted, orderly};
use crate::terminal::{foreign, output, signals};
use clap::Args;
use indicatif::ProgressBar;
use ossicle::{BlobError, BlobReason, WriteOptions, Writer, WriterOptions, WriterStart};
use ossicle_terms::sentence;
use serde_json::json;
use std::io;
use std::path::PathBuf;

/// Store a file of any size, or what comes on standard input
///
/// A file that is there already is replaced: whole, or not at all. Ctrl-C keeps what was sent, and --resume goes on there.
#[derive(Debug, Args)]
pub struct Put {
    /// The path, such as /images/base.tar
    path: String,
    /// The file; - or nothing is standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Go on with an upload that was interrupted, also one of --append: the file is the same, and what is stored of it is
    /// compared with it and not sent again
    #[arg(long, conflicts_with_all = ["offset", "append"])]
    resume: bool,
    /// Add to the end of the file that is there
    #[arg(long, conflicts_with = "offset")]
    append: bool,
    /// Write at this place of the file that is there, in bytes; what was behind is cut off
    ///
    /// A gap is filled with zeros. On Ctrl-C the file stays as it was.
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true, value_parser = offset)]
    offset: Option<u64>,
    /// Its type, such as application/gzip [default: application/octet-stream, or as it was]
    #[arg(long, value_name = "TYPE", conflicts_with = "resume")]
    content_type: Option<String>,
    #[command(flatten)]
    conditions: Conditions,
}

/// Stores it.
pub async fn run(put: Put, session: Session, format: Format) -> Result<Exit, CommandError> {
    let beginning = async {
        let input = Input::open(put.file.clone()).await?;
        Ok::<_, CommandError>((input, session.open().await?))
    };
    let (input, storage) = or_interrupted(beginning).await?;
    let (written, size) = match put.offset {
        Some(offset) => or_interrupted(at_offset(&put, offset, input, &storage, format)).await?,
        None => by_writer(&put, input, &storage, format).await?,
    };
    if format.json {
        output::json(&json!({ "path": put.path, "size": size, "written": written }))?;
    } else if !format.quiet {
        output::print(&sentence::stored(&foreign::data(&put.path), size))?;
    }
    Ok(Exit::Success)
}

/// Writes at a place. How much was written, and how large the file is.
async fn at_offset(
    put: &Put,
    offset: u64,
    input: Input,
    storage: &Storage,
    format: Format,
) -> Result<(u64, u64), CommandError> {
    let Input { name, length, content } = input;
    let path = &put.path;
    let mut options = WriteOptions::new().publish(put.conditions.publish());
    options.content_type.clone_from(&put.content_type);
    let bar = progress::bar(format, path, 0, length);
    let content = bar.wrap_async_read(content);
    signals::change_begins();
    let written = storage.blobs.write_with(path, offset, content, length, options).await;
    bar.finish_and_clear();
    let (written, _) = written.map_err(|error| unwritten(path, &name, storage, error))?;
    Ok((written, written.saturating_add(offset)))
}

async fn by_writer(put: &Put, mut input: Input, storage: &Storage, format: Format) -> Result<(u64, u64), CommandError> {
    let _orderly = orderly();
    let (mut writer, begun) = or_interrupted(begin(put, &mut input, storage, format)).await?;
    let resume = resume(put);
    let length = input.length.map(|length| length + begun.kept);
    let bar = progress::bar(format, &put.path, begun.done, length);
    let why = match send(&mut writer, input, put.conditions, &bar, storage).await {
        Ok(()) => {
            bar.finish_and_clear();
            let size = writer.size().await.map_err(|error| storage.call_error(Action::Write, &put.path, error))?;
            return Ok((size - begun.done, size));
        }
        Err(why) => why,
    };
    bar.finish_and_clear();
    if put.conditions.are_unmet(&why) {
        // Nothing is to be gone on with: the file that is there stays. What can't be dropped is listed by `uploads`.
        if let Err(error) = writer.cancel().await {
            tracing::warn!(%error, "the upload is still there");
        }
        return Err(why);
    }
    // Another signal ends the program without it: what was sent in whole parts stays all the same.
    match suspend(&mut writer).await {
        Some(done) => Err(UploadError::Suspended { path: put.path.clone(), done, resume, why: Box::new(why) }.into()),
        None => Err(why),
    }
}

/// What is there when writing begins.
struct Begun {
    /// How many bytes are there already.
    done: u64,
    /// How many of them are those of the file that was there before, and not the input's.
    kept: u64,
}

/// Begins to write, or goes on with what is there, once the input turned out to be what is to follow.
async fn begin(
    put: &Put,
    input: &mut Input,
    storage: &Storage,
    format: Format,
) -> Result<(Writer, Begun), CommandError> {
    let path = &put.path;
    let failed = |error| storage.call_error(Action::Write, path, error);
    let hint = hint(put, input, storage).await;
    let start = if put.resume || put.append { WriterStart::Newest } else { WriterStart::Anew };
    let mut options = WriterOptions::new().size_hint(hint);
    options.content_type.clone_from(&put.content_type);
    let writer = match storage.blobs.writer_with(path, start, options).await {
        Err(error) if put.resume && error.is_not_found() => {
            return Err(UploadError::Nothing { path: path.clone() }.into());
        }
        begun => begun.map_err(failed)?,
    };
    let stored = writer.stored().await.map_err(failed)?;
    match (put.resume, stored.is_resumed) {
        (true, false) => return Err(UploadError::Nothing { path: path.clone() }.into()),
        (false, true) => return Err(UploadError::Pending { path: path.clone() }.into()),
        _ => {}
    }
    let (done, kept) = (writer.size().await.map_err(failed)?, stored.kept);
    if put.resume {
        let own = done.saturating_sub(kept);
        if let Some(length) = input.length.filter(|length| *length < own) {
            let name = input.name.clone();
            return Err(UploadError::Longer { path: path.clone(), done: own, name, length }.into());
        }
        let bar = progress::bar(format, &format!("{path} (comparing)"), 0, Some(own));
        let compared = compare(input, &stored, path, &bar).await;
        bar.finish_and_clear();
        compared?;
    }
    Ok((writer, Begun { done, kept }))
}

/// How large the file will be, where that is known: then parts are made large enough for it. One request where something is
/// added to a file.
async fn hint(put: &Put, input: &Input, storage: &Storage) -> Option<u64> {
    let length = input.length?;
    if !put.append {
        return Some(length);
    }
    // What fails here fails again, and is told, when the writer is begun.
    let file = storage.blobs.stat(&put.path).await.ok()?;
    file.size.checked_add(length)
}

/// Sends what is left of the input, and makes it the file.
async fn send(
    writer: &mut Writer,
    input: Input,
    conditions: Conditions,
    bar: &ProgressBar,
    storage: &Storage,
) -> Result<(), CommandError> {
    let path = writer.path().to_owned();
    let Input { name, content, .. } = input;
    let content = bar.wrap_async_read(content);
    let written = async {
        writer.write(content).await?;
        signals::change_begins();
        bar.set_message(format!("{} (finishing)", foreign::shown(&path)));
        writer.commit_with(conditions.publish()).await.map(drop)
    };
    or_interrupted(async { written.await.map_err(|error| unwritten(&path, &name, storage, error)) }).await
}

/// Why an input was not stored: it, or its place.
fn unwritten(path: &str, name: &str, storage: &Storage, error: BlobError) -> CommandError {
    match error.reason {
        BlobReason::BrokenContent(why) => CommandError::Input { name: name.to_owned(), error: io::Error::other(why) },
        _ => storage.call_error(Action::Write, path, error),
    }
}

/// Keeps what there is. How much that is; nothing where it can't be kept, or was finished after all.
async fn suspend(writer: &mut Writer) -> Option<u64> {
    let done = writer.size().await.ok()?;
    match writer.close().await {
        Ok(()) => Some(done),
        Err(error) => {
            tracing::debug!(%error, "not suspended");
            None
        }
    }
}

/// The command that goes on with it.
fn resume(put: &Put) -> String {
    let file = put.file.as_deref().map(|file| file.to_string_lossy());
    let names: Vec<&str> = std::iter::once(put.path.as_str()).chain(file.as_deref()).collect();
    let command = if put.conditions.replace() { "ossicle blob put --resume" } else { "ossicle blob put --resume -n" };
    foreign::command(command, &names)
}
