//! `ossicle cert store`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use ossicle_terms::{VALUE_LIMIT, sentence};
use serde_json::json;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

/// Store a file, or what comes on standard input, under a key
///
/// A value that is there already is replaced: whole, or not at all. OSS's checksum of what arrived is compared.
#[derive(Debug, Args)]
pub struct Store {
    /// The key, such as certificates/example.com.crt
    key: String,
    /// The file; - or nothing is standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Store nothing, where the input is empty
    ///
    /// Otherwise that is refused: most often it comes from a command before a pipe that failed, and would wipe out a
    /// certificate.
    #[arg(long)]
    allow_empty: bool,
    /// Fail where the key has a value already, instead of replacing it
    ///
    /// OSS itself refuses it, so that of several who try at once only one succeeds. Refused where versioning is or once was on
    /// for the bucket, which OSS does not do it in.
    #[arg(short, long)]
    no_clobber: bool,
}

/// Stores it.
pub async fn run(store: Store, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Store { key, file, allow_empty, no_clobber } = store;
    // On a thread of its own, so that Ctrl-C ends it.
    let reading = tokio::task::spawn_blocking(move || read(file));
    let (name, value) = reading.await.map_err(|error| CommandError::Runtime(error.into()))??;
    let size = value.len() as u64;
    if size > VALUE_LIMIT {
        return Err(CommandError::TooLarge { name, limit: VALUE_LIMIT });
    }
    if size == 0 && !allow_empty {
        return Err(CommandError::Empty { name, key });
    }
    let storage = session.open().await?;
    signals::change_begins();
    let stored = match no_clobber {
        true => storage.certificates.create(&key, value).await,
        false => storage.certificates.store(&key, value).await,
    };
    stored.map_err(|error| storage.call_error(Action::Store, &key, error))?;
    if format.json {
        output::json(&json!({ "key": key, "size": size }))?;
    } else if !format.quiet {
        output::print(&sentence::stored(&foreign::data(&key), size))?;
    }
    Ok(Exit::Success)
}

/// Reads all of it, and a byte more than may be there, so that what is too large shows.
fn read(file: Option<PathBuf>) -> Result<(String, Vec<u8>), CommandError> {
    let mut value = Vec::new();
    match file.filter(|file| file.as_os_str() != "-") {
        None => {
            let name = sentence::STANDARD_INPUT.to_owned();
            let stdin = io::stdin();
            if stdin.is_terminal() {
                output::remark("reading the value from the terminal; Ctrl-D ends it");
            }
            match stdin.lock().take(VALUE_LIMIT + 1).read_to_end(&mut value) {
                Ok(_) => Ok((name, value)),
                Err(error) => Err(CommandError::Input { name, error }),
            }
        }
        Some(file) => {
            let name = foreign::quoted(&file.to_string_lossy());
            match File::open(&file).and_then(|file| file.take(VALUE_LIMIT + 1).read_to_end(&mut value)) {
                Ok(_) => Ok((name, value)),
                Err(error) => Err(CommandError::Input { name, error }),
            }
        }
    }
}
