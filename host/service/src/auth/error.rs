//! What is wrong with the settings of authentication.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why authentication can't be set up. No message shows a hash, a password or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// A file can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of a file is wrong.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A file as a whole is wrong.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A setting is wrong.
    #[error("{setting}: {problem}")]
    Setting {
        /// Its name, as in distribution's configuration.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Entropy,
}

impl AuthError {
    pub(super) fn setting(setting: &'static str, problem: impl fmt::Display) -> Self {
        Self::Setting { setting, problem: problem.to_string() }
    }
}
