//! How the command ends, in the number that a script sees.

use std::process::ExitCode;

/// How the command ends. The numbers are part of its interface: `--help` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success,
    /// It could not do what was asked.
    Failure,
    /// Usage error: the arguments, the config or a key is invalid. Nothing was sent.
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

macro_rules! codes {
    () => {
        "\
Exit codes:
  0    done
  1    failed: refused, unreachable, damaged, ...; standard error says whether a retry can help
  2    usage error: invalid arguments, config or key
  3    there is nothing under the key, said by OSS itself
  4    somebody else holds the lock"
    };
}

impl Exit {
    /// What a help says of the codes with which everything can end that runs no commands and gets no signals.
    pub const CODES: &str = codes!();

    /// What a help says of all.
    pub const HELP: &str = concat!(
        codes!(),
        "
  5    the lock was lost while its command ran
  130  interrupted (Ctrl-C); 143 by SIGTERM. A second signal ends it at once, and nothing is tidied
`ossicle lock run` ends as its command does, with 128 and the signal's number where a signal ended it, with 127 where there
is no such command and 126 where it can't be run."
    );
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Held => 4,
            Self::Lost => 5,
            Self::Code(code) => code,
            // As a shell reports who died of a signal.
            Self::Signal(number) => 128_u8.saturating_add(number),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
