//! `ossicle lock`: one holder at a time, in a whole fleet.

mod breaking;
mod child;
mod running;
mod signals;
mod status;

use crate::cert::Format;
use crate::cert::session::{Session, Storage};
use crate::exit::Exit;
use crate::schema;
use crate::settings::{self, Flags};
use crate::trouble::{Action, Trouble};
use crate::{foreign, interrupt};
use clap::{Args, Subcommand};
use ossicle::{Holder, LockError};
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  ossicle lock run nightly -- ./nightly.sh            wait for the lock, hold it while the command runs
  ossicle lock run --wait 0 nightly -- ./nightly.sh   only if nobody holds it; otherwise end with 4
  ossicle lock status nightly
  ossicle lock break nightly --force                  its holder is dead, and nobody wants to wait for its lease's end";

/// Locks that a fleet shares: at most one holder of a name, whatever crashes, stalls or is lost on its way.
///
/// A lock is a name, any string. Who holds it has a lease of OSS, a minute unless told otherwise, and renews it. A holder that
/// dies blocks the lock until its lease is over and a few seconds longer. Locks live in the bucket in a folder of their own,
/// apart from what `ossicle cert` keeps; nothing there needs to be, or should be, deleted.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}\n{}\n\n{}", settings::HELP, schema::HELP, schema::LOCK, Exit::HELP),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Lock {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    Run(running::Run),
    Status(status::Status),
    Break(breaking::Break),
}

impl Lock {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }
}

/// Does it.
pub async fn run(lock: Lock) -> Result<Exit, Trouble> {
    let session = Session::gather(&lock.flags)?;
    match lock.operation {
        Operation::Run(run) => running::run(run, session, lock.format).await,
        Operation::Status(status) => interrupt::or_interrupted(status::run(status, session, lock.format)).await,
        Operation::Break(wanted) => interrupt::or_interrupted(breaking::run(wanted, session, lock.format)).await,
    }
}

/// Who holds a lock, for programs.
pub fn document(holder: &Holder) -> Value {
    json!({
        "owner": holder.owner,
        "token": holder.token,
        "remaining_ms": u64::try_from(holder.remaining.as_millis()).unwrap_or(u64::MAX),
    })
}

/// An error of a lock as the command tells it.
fn trouble(storage: &Storage, action: Action, name: &str, error: LockError) -> Trouble {
    let name = || name.to_owned();
    match error {
        LockError::Held { holder, .. } => {
            let hint = match action {
                Action::Break => "with --force it is broken: only when its holder is known to be dead",
                _ => "without --wait it is waited for; `ossicle lock status` tells who holds it",
            };
            Trouble::Held { name: name(), holder, hint }
        }
        LockError::Lost { reason, .. } => Trouble::Lost { name: name(), reason },
        LockError::Failed(error) => storage.trouble(action, &name(), error),
        other => Trouble::Lost { name: name(), reason: foreign::shown(&other.to_string()).into_owned() },
    }
}
