//! `ossicle cert load`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::files::atomic_file;
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use ossicle::{Protection, StoredValue};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Load the value of a key, to standard output or into a file
///
/// Nothing is given out before all of it has come and its checksum is that of OSS.
#[derive(Debug, Args)]
pub struct Load {
    /// The key
    key: String,
    /// The file; - or nothing is standard output
    ///
    /// It is written beside and then renamed, so that it is whole at any time. A new one is for its owner only: it may
    /// hold a private key.
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// Loads it.
pub async fn run(load: Load, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Load { key, output } = load;
    let storage = session.open().await?;
    let loaded = storage.certificates.load_value(&key).await;
    let StoredValue { value, protection, .. } =
        loaded.map_err(|error| storage.call_error(Action::Load, &key, error))?;
    let kept = storage.encrypts().then_some(protection);
    let is_clear = storage.may_be_clear() && protection == Protection::Clear;
    if is_clear && !format.json && !format.quiet {
        output::warn(&format!("the value of {} is in clear; `ossicle cert reencrypt` seals it", foreign::quoted(&key)));
    }
    let size = value.len() as u64;
    if let Some(path) = output.filter(|path| path.as_os_str() != "-") {
        atomic_file::write(&path, &value).map_err(|error| CommandError::File { path: path.clone(), error })?;
        let name = path.to_string_lossy();
        if format.json {
            output::json(&marked(json!({ "key": key, "size": size, "file": name }), kept))?;
        } else if !format.quiet {
            output::print(&format!(
                "loaded {} ({}) into {}\n",
                foreign::data(&key),
                text::size(size),
                foreign::data(&name)
            ))?;
        }
    } else if format.json {
        let told = match std::str::from_utf8(&value) {
            Ok(text) => json!({ "key": key, "size": size, "text": text }),
            Err(_) => json!({ "key": key, "size": size, "base64": STANDARD.encode(&*value) }),
        };
        output::json(&marked(told, kept))?;
    } else if output::is_watched() && !foreign::is_plain(&value) {
        return Err(CommandError::Binary { key, size });
    } else {
        output::bytes(&value)?;
    }
    Ok(Exit::Success)
}

/// With how the value was kept, where that is known.
pub fn marked(mut told: Value, kept: Option<Protection>) -> Value {
    if let Some(protection) = kept {
        told["protection"] = match protection {
            Protection::Sealed { key_id, by_primary } => {
                json!({ "sealed": true, "key": key_id, "primary": by_primary })
            }
            _ => json!({ "sealed": false }),
        };
    }
    told
}
