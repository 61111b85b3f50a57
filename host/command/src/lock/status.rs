//! `ossicle lock status`.

use crate::error::Exit;
use crate::error::{Action, CommandError, holder_document};
use crate::session::certificates::Session;
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output::{self, FAINT, styled};
use crate::terminal::text;
use clap::Args;
use ossicle::{LockInfo, LockState};
use ossicle_terms::sentence;
use serde_json::{Value, json};

/// Tell whether a lock is held, by whom, and for how long unless it is renewed
///
/// It looks and changes nothing. A token is a number that grows with every tenure: who writes something under the lock can
/// keep it with what is written, and refuse what comes with a smaller one.
#[derive(Debug, Args)]
pub struct Status {
    /// The lock
    name: String,
}

/// Tells it.
pub async fn run(status: Status, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = session.open().await?;
    let name = &status.name;
    let info = storage.certificates.tenant().locks().inspect(name).await;
    let info = info.map_err(|error| storage.lock_error(Action::Inspect, name, error))?;
    if format.json {
        output::json(&to_json(name, &info))?;
        return Ok(Exit::Success);
    }
    let mut lines = vec![("lock", foreign::data(name).into_owned()), ("state", state(&info.state).to_owned())];
    match &info.state {
        LockState::Held(holder) => {
            lines.push(("holder", foreign::data(&holder.owner).into_owned()));
            lines.push(("token", holder.token.to_string()));
            lines.push(("for", format!("{}, unless it is renewed", text::span(holder.remaining))));
        }
        LockState::Unreadable { remaining } => lines.push(("for", text::span(*remaining))),
        LockState::Free { last_token } | LockState::Expired { last_token } if *last_token > 0 => {
            lines.push(("last", format!("token {last_token}")));
        }
        _ => {}
    }
    lines.push(("object", format!("{} ({})", foreign::data(&info.object), text::size(info.length))));
    output::print(&sentence::columns(&lines, 7, |name| styled(FAINT, name)))?;
    Ok(Exit::Success)
}

fn state(state: &LockState) -> &'static str {
    match state {
        LockState::Free { .. } => "free",
        LockState::Held(_) => "held",
        LockState::Expired { .. } => "expired",
        _ => "unreadable",
    }
}

/// What is known of a lock, for programs.
fn to_json(name: &str, info: &LockInfo) -> Value {
    let mut document = json!({
        "lock": name,
        "state": state(&info.state),
        "object": info.object,
        "length": info.length,
    });
    let more = match &info.state {
        LockState::Held(holder) => ("holder", holder_document(holder)),
        LockState::Free { last_token } | LockState::Expired { last_token } => ("last_token", json!(last_token)),
        LockState::Unreadable { remaining } => {
            ("remaining_ms", json!(u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX)))
        }
        _ => return document,
    };
    document[more.0] = more.1;
    document
}
