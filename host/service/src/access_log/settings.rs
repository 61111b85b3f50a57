//! Settings of the access log.

use std::io;
use std::path::PathBuf;

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Client, user, time, request, status and bytes.
    Common,
    /// The same with `Referer` and `User-Agent`.
    #[default]
    Combined,
}

/// Where lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogTarget {
    /// To the standard output.
    #[default]
    Stdout,
    /// To the end of a file. If the file is moved away, a new one is made.
    File(PathBuf),
}

/// Settings of the access log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// Where lines go.
    pub target: LogTarget,
}

/// Why there can't be an access log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessLogError {
    /// The file can't be opened.
    #[error("can't open the access log {}: {source}", path.display())]
    Unopened {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no thread for the writer.
    #[error("can't start the thread that writes the access log: {0}")]
    NoThread(io::Error),
}
