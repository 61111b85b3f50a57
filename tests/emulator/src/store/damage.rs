//! What may be wrong with a data folder.

use std::io;
use std::path::{Path, PathBuf};

/// What the name of a record ends with that could not be read.
pub(super) const UNREADABLE: &str = "unreadable";

/// A data folder that cannot be used. Nothing in it was changed, unless a file could not be mended or removed.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another emulator has it.
    #[error("another emulator uses {}", .0.display())]
    InUse(PathBuf),
    /// A later emulator wrote it.
    #[error("{} has the format {format}, and this emulator knows {known} at most: use a later one", .path.display())]
    Later {
        /// The file that says so.
        path: PathBuf,
        /// The format of the folder.
        format: u32,
        /// The latest that this emulator reads.
        known: u32,
    },
    /// The record of a bucket cannot be read, without which nothing in it can be served.
    #[error(
        "the bucket's record {} cannot be read ({reason}): put a copy in its place, or move the bucket's folder away",
        .path.display()
    )]
    BucketRecord {
        /// The record.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file or folder cannot be worked on.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl DataError {
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { action, path: path.to_owned(), source }
    }
}

/// A record that could not be read when the emulator started. What it stood for is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now.
    pub path: PathBuf,
    /// Why it could not be read.
    pub reason: String,
}
