//! `ossicle lock run`.

use super::child::{Child, Ended};
use super::signals::Signals;
use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::{Session, Storage};
use crate::terminal::Format;
use crate::terminal::foreign;
use crate::terminal::output;
use crate::terminal::signals;
use clap::Args;
use ossicle::{LockError, LockGuard, Unlocked};
use std::ffi::OsString;
use std::time::Duration;
use tokio::time::timeout;

/// What a wait that is given up may need to leave nothing behind.
const TIDY: Duration = Duration::from_secs(10);
/// For as long as it takes.
const FOREVER: Duration = Duration::MAX;

/// Run a command while holding a lock
///
/// It waits for the lock, runs the command, renews the lease as long as that runs, and releases the lock at its end. An outage
/// of OSS is sat out, unless it is there from the beginning. The command finds the lock's fencing token in OSSICLE_LOCK_TOKEN: a number that grows with every tenure of the name.
///
/// If the lease is lost, because OSS was out of reach for too long, say, or somebody broke the lock, the command is ended:
/// asked to first (SIGTERM), then made to. Ctrl-C, SIGTERM, SIGHUP and every other signal that would end this program are
/// passed on to the command, and the lock is held until it has ended.
///
/// SIGKILL ends this program alone, and nobody releases the lock. On Linux the system then kills the command as well, but not
/// what that has started, and not a command with other privileges, such as sudo. Elsewhere the command goes on, and once the
/// lease is over, after a minute or so, others get the lock beside it: end the command first, or let it check its token.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ossicle lock run nightly -- ./nightly.sh
  ossicle lock run --wait 30s deploy -- sh -c 'echo deploying with token $OSSICLE_LOCK_TOKEN'")]
pub struct Run {
    /// How long to wait for the lock, such as 30s; 0s is not at all [default: as long as it takes]
    #[arg(short, long, value_name = "TIME", value_parser = span)]
    wait: Option<Duration>,
    /// How long the command may take to end when it is asked to, because the lock is lost
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "5s")]
    kill_after: Duration,
    /// The lock
    name: String,
    /// The command and its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

/// A span of time as the config has them, and a bare `0`.
fn span(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    ossicle::parse_duration(text).map_err(|error| error.to_string())
}

/// Runs it.
pub async fn run(run: Run, session: Session, format: Format) -> Result<Exit, CommandError> {
    let storage = signals::or_interrupted(session.open()).await?;
    let mut signals = Signals::new();
    let guard = get(&run, &storage, &mut signals).await?;
    if guard.is_taken_over() && !format.quiet {
        output::warn(&format!(
            "the lock {} was taken over: its last holder may have left things half done",
            foreign::quoted(&run.name)
        ));
    }
    let ended = with(&run, &guard, &mut signals).await;
    let released = guard.unlock().await;
    let ended = ended?;
    match (released, ended) {
        (_, Ended::Lost(reason)) => Err(CommandError::Lost { name: run.name, reason }),
        (Ok(Unlocked::Lost), _) => Err(CommandError::Lost {
            name: run.name,
            reason: "others have had it since, or somebody broke it".to_owned(),
        }),
        (Err(error @ LockError::Failed(_)), ended) => {
            // It did its work under the lock. That the next has to wait for the lease's end is no failure of the command's.
            output::warn(&format!("{}: {error}", "the lock could not be released, and is free when its lease is over"));
            Ok(ended.exit())
        }
        (_, ended) => Ok(ended.exit()),
    }
}

/// Gets the lock, unless a signal comes before.
async fn get(run: &Run, storage: &Storage, signals: &mut Signals) -> Result<LockGuard, CommandError> {
    let certificates = &storage.certificates;
    let getting = async {
        // Later an outage is sat out, but who mistyped the endpoint is to hear of it.
        certificates.tenant().locks().inspect(&run.name).await?;
        certificates.tenant().locks().hold(&run.name, run.wait.unwrap_or(FOREVER)).await
    };
    let got = tokio::select! {
        biased;
        got = getting => Ok(got),
        signal = signals.next() => Err(signal),
    };
    match got {
        Ok(got) => got.map_err(|error| storage.lock_error(Action::Lock, &run.name, error)),
        Err(signal) => {
            // Another signal, and there is no time for tidiness.
            tokio::select! {
                _ = timeout(TIDY, certificates.tenant().locks().tidied(&run.name)) => {}
                _ = signals.next() => {}
            }
            Err(signals::Interrupted { signal, changing: false }.into())
        }
    }
}

/// Runs the command under the lock.
async fn with(run: &Run, guard: &LockGuard, signals: &mut Signals) -> Result<Ended, CommandError> {
    let lost = guard.lost();
    let mut child = Child::start(&run.command, &run.name, guard.token())?;
    loop {
        tokio::select! {
            biased;
            ended = child.ended() => return Ok(ended),
            () = lost.cancelled() => break,
            signal = signals.next() => child.pass_on(signal),
        }
    }
    let reason = match guard.check() {
        Err(LockError::Lost { reason, .. }) => reason,
        _ => "it ran out before it could be renewed".to_owned(),
    };
    child.terminate();
    if timeout(run.kill_after, child.ended()).await.is_err() {
        child.kill();
        child.ended().await;
    }
    Ok(Ended::Lost(reason))
}
