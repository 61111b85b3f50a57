//! Why a command did not do what was asked.

use super::upload::UploadError;
use crate::settings::{Problem, SupplyError};
use crate::terminal::foreign;
use crate::terminal::output::WriteError;
use crate::terminal::signals::{Interrupted, NoThreads};
use ossicle::{BlobError, Error, ErrorKind, Holder};
use ossicle_guest::encryption::KeySetProblem;
use ossicle_terms::{Action, Exit, sentence, text};
use std::io;
use std::path::PathBuf;

/// Why a command did not do what was asked. The message is one line; [`super::report`] adds what else is known.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The arguments are none of the command's, and a program is to hear of it. (A person hears it from clap itself.)
    #[error("{0}")]
    Usage(String),
    /// The settings can't work.
    #[error("{0}")]
    Settings(#[from] Problem),
    /// A call failed.
    #[error("{}", sentence::failed(*.action, .key, reason(.error)))]
    Call {
        /// What was to be done.
        action: Action,
        /// On which key; an empty one is the whole storage.
        key: String,
        /// Why it failed.
        error: Box<Error>,
        /// Why no connection stood, where that is why.
        cause: Option<String>,
        /// What may help.
        hints: Vec<String>,
    },
    /// Somebody else holds the lock.
    #[error("{}", sentence::held(.name, .holder.as_ref().map(|one| (one.owner.as_str(), one.token, one.remaining))))]
    Held {
        /// The lock.
        name: String,
        /// Who holds it, where that is known.
        holder: Option<Holder>,
        /// What may help.
        hint: &'static str,
    },
    /// The lock was lost while its command ran.
    #[error("the lock {} was lost while its command ran, which was ended: {reason}", foreign::quoted(.name))]
    Lost {
        /// The lock.
        name: String,
        /// Why.
        reason: String,
    },
    /// The command can't be run.
    #[error("can't run {}: {error}", foreign::quoted(.command))]
    Command {
        /// The command.
        command: String,
        /// Why.
        error: io::Error,
    },
    /// A call for blobs failed in a way that only these know.
    #[error("{}", sentence::failed(*.action, .path, .error))]
    Blob {
        /// What was to be done.
        action: Action,
        /// On which path.
        path: String,
        /// Why it failed.
        error: Box<BlobError>,
        /// What may help.
        hints: Vec<String>,
    },
    /// An upload that is there, or is not, against what was asked.
    #[error("{0}")]
    Upload(#[from] UploadError),
    /// `rm` without `-r`.
    #[error("{}", sentence::directory(.key))]
    Directory {
        /// The directory.
        key: String,
    },
    /// What is to be stored can't be read.
    #[error("{}", sentence::unreadable(.name, .error))]
    Input {
        /// A file's name or "standard input".
        name: String,
        /// Why.
        error: io::Error,
    },
    /// What is to be stored is nothing.
    #[error("{}", sentence::empty(.name, .key))]
    Empty {
        /// A file's name or "standard input".
        name: String,
        /// Where it was to be stored.
        key: String,
    },
    /// What is to be stored is larger than a value may be.
    #[error("{}", sentence::too_large(.name, *.limit))]
    TooLarge {
        /// A file's name or "standard input".
        name: String,
        /// How large it may be.
        limit: u64,
    },
    /// What was loaded can't be written to its file.
    #[error("can't write {}: {error}", foreign::quoted(&.path.to_string_lossy()))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What was loaded would steer the terminal.
    #[error("the value of {} ({}) is not text, and standard output is a terminal", foreign::quoted(.key), text::size(*.size))]
    Binary {
        /// The key.
        key: String,
        /// Its size.
        size: u64,
    },
    /// A key set can't be used.
    #[error("{name}: {problem}")]
    KeySet {
        /// The file, or what it is about.
        name: String,
        /// What is wrong.
        problem: KeySetProblem,
    },
    /// A key set is not the one that was read any more.
    #[error("{} was changed by another program meanwhile; nothing was written", foreign::quoted(&.path.to_string_lossy()))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A key set would be written to a terminal.
    #[error("a key set is a secret, and standard output is a terminal")]
    KeySetShown,
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// Some of many keys failed, which were told one by one.
    #[error("{failed} of {of} failed; the others are done, and run again it goes on with these")]
    Some {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// This component would be written to a terminal.
    #[error("the component is not text, and standard output is a terminal")]
    Watched {
        /// Which one.
        component: &'static str,
        /// What else was asked for.
        flag: &'static str,
    },
    /// Standard output does not take what was asked for.
    #[error(transparent)]
    Output(#[from] WriteError),
    /// The user or the system wanted an end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The component can't be started.
    #[error("{0}")]
    Engine(Error),
    /// The component can't be read.
    #[error("the component can't be read: {0}")]
    Component(#[from] wasmparser::BinaryReaderError),
    /// No threads.
    #[error("can't start: {0}")]
    Runtime(#[source] io::Error),
    /// The demo could not be set up.
    #[error("the demo can't be set up: {0}")]
    Demo(String),
    /// A server can't be started.
    #[error("can't serve: {reason}")]
    Server {
        /// Why not.
        reason: String,
        /// What may help.
        hint: Option<&'static str>,
    },
    /// The registry could not do what was asked.
    #[error("can't {what}: {reason}")]
    Repository {
        /// What was to be done.
        what: String,
        /// Why not.
        reason: String,
        /// The kind in a word.
        kind: &'static str,
    },
    /// The emulator could not be run.
    #[error("{}", chain(.0))]
    Emulator(#[from] ossicle_emulator::RunError),
}

impl CommandError {
    /// A problem with a key set of this name.
    pub fn key_set(name: impl Into<String>) -> impl FnOnce(KeySetProblem) -> Self {
        let name = name.into();
        move |problem| Self::KeySet { name, problem }
    }

    /// How the command ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Call { error, .. } if error.is_not_found() => Exit::NotFound,
            Self::Call { error, .. } if error.kind() == Some(ErrorKind::InvalidKey) => Exit::Usage,
            // Nothing but the time it is to hold can be beyond what a URL can do.
            Self::Call { action: Action::Sign, error, .. } if error.kind() == Some(ErrorKind::Unsupported) => {
                Exit::Usage
            }
            Self::Repository { kind: "not-found", .. } => Exit::NotFound,
            Self::Repository { kind: "usage", .. } => Exit::Usage,
            Self::Held { .. } => Exit::Held,
            Self::Lost { .. } => Exit::Lost,
            // As shells tell it.
            Self::Command { error, .. } if error.kind() == io::ErrorKind::NotFound => Exit::Code(127),
            Self::Command { .. } => Exit::Code(126),
            Self::Usage(_)
            | Self::Settings(_)
            | Self::KeySet { .. }
            | Self::KeySetShown
            | Self::Directory { .. }
            | Self::Empty { .. }
            | Self::TooLarge { .. } => Exit::Usage,
            Self::Output(WriteError::NobodyReads) => Exit::Success,
            Self::Interrupted(Interrupted { signal, .. }) => Exit::Signal(*signal),
            Self::Upload(upload) => upload.exit(),
            _ => Exit::Failure,
        }
    }
}

/// The reason in a few words: the kind, and the host's own sentence where the component says nothing.
fn reason(error: &Error) -> String {
    match error {
        Error::Storage(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

/// An error with its causes, for errors whose message leaves these out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    message
}

impl From<NoThreads> for CommandError {
    fn from(NoThreads(error): NoThreads) -> Self {
        Self::Runtime(error)
    }
}

impl From<SupplyError> for CommandError {
    fn from(error: SupplyError) -> Self {
        match error {
            SupplyError::Settings(problem) => Self::Settings(problem),
            SupplyError::Refused(error) => Self::Engine(error),
        }
    }
}
