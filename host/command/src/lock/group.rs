//! The arguments of `ossicle lock`.

use super::{breaking, running, status};
use crate::error::CommandError;
use crate::error::Exit;
use crate::session::certificates::Session;
use crate::settings::{self, CertificateFlags, Flags};
use crate::terminal::Format;
use crate::terminal::schema;
use crate::terminal::signals;
use clap::{Args, Subcommand};

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
pub async fn run(lock: Lock) -> Result<Exit, CommandError> {
    let session = Session::gather(&lock.flags, &CertificateFlags::default())?;
    match lock.operation {
        Operation::Run(run) => running::run(run, session, lock.format).await,
        Operation::Status(status) => signals::or_interrupted(status::run(status, session, lock.format)).await,
        Operation::Break(wanted) => signals::or_interrupted(breaking::run(wanted, session, lock.format)).await,
    }
}
