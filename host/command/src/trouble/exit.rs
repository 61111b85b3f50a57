//! How the command ends, in the number that a script sees.

use std::process::ExitCode;

/// How the command ends. The numbers are part of its interface: `--help` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success,
    /// It could not do what was asked.
    Failure,
    /// It was asked wrongly: arguments, config or a key that can't be one. Nothing was sent.
    Usage,
    /// There is nothing under the key. OSS said so.
    NotFound,
    /// Somebody else holds the lock.
    Held,
    /// The lock was lost while the command ran that it was for.
    Lost,
    /// With this code of the command that was run.
    Code(u8),
    /// It was ended by this signal.
    Signal(u8),
}

impl Exit {
    /// For `--help`.
    pub const HELP: &str = "\
Exit codes:
  0    done
  1    failed: refused, unreachable, damaged, ...; standard error says whether a retry can help
  2    asked wrongly: arguments, config, or a key that can't be one
  3    there is nothing under the key, said by OSS itself
  4    somebody else holds the lock
  5    the lock was lost while its command ran
  130  interrupted (Ctrl-C); 143 by SIGTERM. A second signal ends it at once, and nothing is tidied
`ossicle lock run` ends as its command does, with 128 and the signal's number where a signal ended it, with 127 where there
is no such command and 126 where it can't be run.";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::NotFound => Self::from(3),
            Exit::Held => Self::from(4),
            Exit::Lost => Self::from(5),
            Exit::Code(code) => Self::from(code),
            // As a shell reports who died of a signal.
            Exit::Signal(number) => Self::from(128_u8.saturating_add(number)),
        }
    }
}
