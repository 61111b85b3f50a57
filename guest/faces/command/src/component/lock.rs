//! The verbs of `lock`.

use super::output::Output;
use super::session::Session;
use super::trouble::CommandError;
use crate::Lock;
use ossicle_face_storage::bindings::ossicle::storage::lock::LockState;
use ossicle_terms::{Action, Exit, sentence, text};
use std::time::Duration;

/// Does it.
pub async fn run(verb: Lock, session: &Session) -> Result<Exit, CommandError> {
    match verb {
        Lock::Status { name } => status(name, session).await,
        Lock::Break { name, force, quiet } => end(name, force, quiet, session).await,
    }
}

async fn status(name: String, session: &Session) -> Result<Exit, CommandError> {
    let locks = session.locks().await?;
    let info = locks.inspect(name.clone()).await;
    let info = info.map_err(|error| session.lock_trouble(Action::Inspect, &name, error))?;
    let span = |milliseconds| text::span(Duration::from_millis(milliseconds));
    let mut lines = vec![("lock", name), ("state", state(&info.state).to_owned())];
    match &info.state {
        LockState::Held(holder) => {
            lines.push(("holder", holder.owner.clone()));
            lines.push(("token", holder.token.to_string()));
            lines.push(("for", format!("{}, unless it is renewed", span(holder.remaining))));
        }
        LockState::Unreadable(remaining) => lines.push(("for", span(*remaining))),
        LockState::Free(token) | LockState::Expired(token) if *token > 0 => {
            lines.push(("last", format!("token {token}")));
        }
        LockState::Free(_) | LockState::Expired(_) => {}
    }
    lines.push(("object", format!("{} ({})", info.object, text::size(info.length))));
    Output::print(&sentence::columns(&lines, 7, |name| name)).await?;
    Ok(Exit::Success)
}

/// The state in a word.
pub fn state(state: &LockState) -> &'static str {
    match state {
        LockState::Free(_) => "free",
        LockState::Held(_) => "held",
        LockState::Expired(_) => "expired",
        LockState::Unreadable(_) => "unreadable",
    }
}

/// Ends the very tenure that a look shows, as the native command does.
async fn end(name: String, force: bool, quiet: bool, session: &Session) -> Result<Exit, CommandError> {
    let locks = session.locks().await?;
    let failed = |error| session.lock_trouble(Action::Break, &name, error);
    let info = locks.inspect(name.clone()).await.map_err(failed)?;
    let token = match info.state {
        LockState::Free(_) => None,
        LockState::Held(holder) if !force => return Err(CommandError::Held { name, holder: Some(holder) }),
        LockState::Held(holder) => Some(holder.token),
        LockState::Expired(token) => Some(token),
        LockState::Unreadable(_) if !force => return Err(CommandError::Held { name, holder: None }),
        // Nobody knows whose tenure an unreadable log stands for.
        LockState::Unreadable(_) => Some(0),
    };
    let broken = match token {
        Some(token) => locks.break_lock(name.clone(), token).await.map_err(failed)?,
        None => false,
    };
    if !quiet {
        Output::print(&sentence::broke(&name, broken)).await?;
    }
    Ok(Exit::Success)
}
