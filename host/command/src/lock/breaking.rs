//! `ossicle lock break`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use ossicle::{LockError, LockState};
use ossicle_terms::sentence;
use serde_json::json;

/// Break a lock whose holder is dead
///
/// It looks first, and ends the very tenure that it saw: not one that began meanwhile. A holder that lives after all notices
/// when it renews its lease next and trusts it until then, while others may get the lock: so two may work at once, and a lock
/// that is held is broken with --force only.
#[derive(Debug, Args)]
pub struct Break {
    /// The lock
    name: String,
    /// Break it although its lease is not over
    #[arg(short, long)]
    force: bool,
}

/// Breaks it.
pub async fn run(wanted: Break, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Break { name, force } = wanted;
    let storage = session.open().await?;
    let failed = |error| storage.lock_error(Action::Break, &name, error);
    let info = storage.certificates.tenant().locks().inspect(&name).await.map_err(failed)?;
    let token = match info.state {
        LockState::Free { .. } => None,
        LockState::Held(holder) if !force => {
            return Err(failed(LockError::Held { name: name.clone(), holder: Some(holder) }));
        }
        LockState::Held(holder) => Some(holder.token),
        LockState::Expired { last_token } => Some(last_token),
        LockState::Unreadable { .. } if !force => {
            return Err(failed(LockError::Held { name: name.clone(), holder: None }));
        }
        // Nobody knows whose tenure an unreadable log stands for.
        _ => Some(0),
    };
    let broken = match token {
        Some(token) => {
            signals::change_begins();
            storage.certificates.tenant().locks().break_lock(&name, token).await.map_err(failed)?
        }
        None => false,
    };
    if format.json {
        let mut told = json!({ "lock": name, "broken": broken });
        if let Some(token) = token {
            told["token"] = json!(token);
        }
        output::json(&told)?;
    } else if !format.quiet {
        output::print(&sentence::broke(&foreign::data(&name), broken))?;
    }
    Ok(Exit::Success)
}
