//! `ossicle blob put`.

use super::input::Input;
use super::progress;
use super::session::{Session, Storage};
use super::upload_trouble::UploadTrouble;
use super::{Format, offset};
use crate::exit::Exit;
use crate::interrupt::{or_interrupted, orderly};
use crate::trouble::{Action, Trouble};
use crate::{foreign, interrupt, output, text};
use clap::Args;
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use ossicle::Writer;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Go on with an upload that was interrupted: the file is the same, and what is stored of it is skipped
    #[arg(long, conflicts_with_all = ["offset", "append"])]
    resume: bool,
    /// Add to the end of the file that is there
    #[arg(long, conflicts_with = "offset")]
    append: bool,
    /// Write at this place of the file that is there, in bytes; what was behind is cut off
    ///
    /// A gap is filled with zeros. On Ctrl-C the file stays as it was.
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true, value_parser = offset())]
    offset: Option<i64>,
}

/// Stores it.
pub async fn run(put: Put, session: Session, format: Format) -> Result<Exit, Trouble> {
    let beginning = async {
        let input = Input::open(put.file.clone()).await?;
        Ok((input, session.open().await?))
    };
    let (input, storage) = or_interrupted(beginning).await?;
    let (written, size) = match put.offset {
        Some(offset) => or_interrupted(at_offset(&put.path, offset, input, &storage, format)).await?,
        None => by_writer(&put, input, &storage, format).await?,
    };
    if format.json {
        output::json(&json!({ "path": put.path, "size": size, "written": written }))?;
    } else if !format.quiet {
        output::print(&format!("stored {} ({})\n", foreign::data(&put.path), text::size(size)))?;
    }
    Ok(Exit::Success)
}

/// Writes at a place. How much was written, and how large the file is.
async fn at_offset(
    path: &str,
    offset: i64,
    input: Input,
    storage: &Storage,
    format: Format,
) -> Result<(u64, u64), Trouble> {
    let length = input.length;
    let bar = progress::bar(format, path, 0, length);
    let content = bar.wrap_async_read(input.rest());
    interrupt::change_begins();
    let written = storage.blobs.write(path, offset, content, length).await;
    bar.finish_and_clear();
    let written = written.map_err(|error| storage.trouble(Action::Write, path, error))?;
    Ok((written, written.saturating_add_signed(offset)))
}

async fn by_writer(put: &Put, mut input: Input, storage: &Storage, format: Format) -> Result<(u64, u64), Trouble> {
    let _orderly = orderly();
    let (mut writer, done) = or_interrupted(begin(put, &mut input, storage)).await?;
    let resume = resume(put);
    let length = input.length.map(|length| if put.resume { length } else { length + done });
    let bar = progress::bar(format, &put.path, done, length);
    let why = match send(&mut writer, input, &bar, storage).await {
        Ok(()) => {
            bar.finish_and_clear();
            let size = writer.size().await.map_err(|error| storage.trouble(Action::Write, &put.path, error))?;
            return Ok((size - done, size));
        }
        Err(why) => why,
    };
    bar.finish_and_clear();
    // Another signal ends the program without it: what was sent in whole parts stays all the same.
    match suspend(&mut writer).await {
        Some(done) => Err(UploadTrouble::Suspended { path: put.path.clone(), done, resume, why: Box::new(why) }.into()),
        None => Err(why),
    }
}

/// Begins to write, or goes on. How much is there already.
async fn begin(put: &Put, input: &mut Input, storage: &Storage) -> Result<(Writer, u64), Trouble> {
    let path = &put.path;
    let failed = |error| storage.trouble(Action::Write, path, error);
    let goes_on = put.resume || put.append;
    if goes_on {
        let mut uploads = storage.blobs.uploads(path, Duration::ZERO).await.map_err(failed)?;
        // Those for the path itself come before those for paths below it.
        let first = uploads.try_next().await.map_err(failed)?;
        match (put.resume, first.is_some_and(|upload| upload.path == *path)) {
            (true, false) => return Err(UploadTrouble::Nothing { path: path.clone() }.into()),
            (false, true) => return Err(UploadTrouble::Pending { path: path.clone() }.into()),
            _ => {}
        }
    }
    let hint = input.length;
    let writer = storage.blobs.writer(path, goes_on, hint).await.map_err(failed)?;
    let done = if goes_on { writer.size().await.map_err(failed)? } else { 0 };
    if put.resume {
        if let Some(length) = input.length.filter(|length| *length < done) {
            let name = input.name.clone();
            return Err(UploadTrouble::Longer { path: path.clone(), done, name, length }.into());
        }
        input.skip(done).await?;
    }
    Ok((writer, done))
}

/// Sends what is left of the input, and makes it the file.
async fn send(writer: &mut Writer, input: Input, bar: &ProgressBar, storage: &Storage) -> Result<(), Trouble> {
    let path = writer.path().to_owned();
    let content = bar.wrap_async_read(input.rest());
    let written = async {
        writer.write(content).await?;
        interrupt::change_begins();
        bar.set_message(format!("{} (finishing)", foreign::shown(&path)));
        writer.commit().await
    };
    or_interrupted(async { written.await.map_err(|error| storage.trouble(Action::Write, &path, error)) }).await
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
    foreign::command("ossicle blob put --resume", &names)
}
