//! `ossicle keyset info`.

use super::file;
use crate::error::CommandError;
use crate::error::Exit;
use crate::settings::warn_if_open;
use crate::terminal::output::{self, NAME, styled};
use ossicle_guest::encryption::{KeySet, KeySetInfo, OutputPrefix, Status};
use serde_json::{Value, json};
use std::path::Path;

/// Tells which keys there are.
pub fn run(path: &Path, as_json: bool) -> Result<Exit, CommandError> {
    let bytes = file::read(path)?;
    let info = KeySetInfo::parse(&bytes).map_err(CommandError::key_set(path.to_string_lossy()))?;
    // An encrypted one is no secret.
    if KeySet::parse(&bytes).is_ok() {
        warn_if_open(path);
    }
    if as_json {
        let keys: Vec<Value> = info
            .keys
            .iter()
            .map(|key| {
                json!({
                    "id": key.id,
                    "type": key.type_name(),
                    "status": status(key.status),
                    "prefix": prefix(key.prefix),
                    "primary": key.id == info.primary,
                })
            })
            .collect();
        output::json(&json!({ "primary": info.primary, "keys": keys }))?;
        return Ok(Exit::Success);
    }
    let mut lines = format!("{:>10}  {:<22} {:<9} {:<8}\n", "key", "type", "status", "prefix");
    for key in &info.keys {
        let mark = if key.id == info.primary { styled(NAME, "primary") } else { String::new() };
        let (status, prefix) = (status(key.status), prefix(key.prefix));
        let line = format!("{:>10}  {:<22} {status:<9} {prefix:<8} {mark}", key.id, key.type_name());
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    output::print(&lines)?;
    Ok(Exit::Success)
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Enabled => "enabled",
        Status::Disabled => "disabled",
        Status::Destroyed => "destroyed",
    }
}

fn prefix(prefix: OutputPrefix) -> &'static str {
    match prefix {
        OutputPrefix::Tink => "TINK",
        OutputPrefix::Legacy => "LEGACY",
        OutputPrefix::Raw => "RAW",
        OutputPrefix::Crunchy => "CRUNCHY",
    }
}
