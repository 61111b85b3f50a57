//! Why the command did not do what was asked, in the native command's words.

use super::error::{failure, kind_of};
use crate::Usage;
use ossicle_face_storage::Problem;
use ossicle_face_storage::bindings::ossicle::storage::lock::Holder;
use ossicle_face_storage::bindings::ossicle::storage::types::{Error, ErrorKind};
use ossicle_terms::foreign::shown;
use ossicle_terms::{Action, Exit, sentence};
use std::time::Duration;

/// Why the command did not do what was asked.
pub enum CommandError {
    /// The arguments are none of its.
    Usage(Usage),
    /// The settings can't work.
    Settings(Box<Problem>),
    /// A call failed.
    Call { action: Action, key: String, error: Box<Error>, hints: Vec<String> },
    /// Some of several things failed: so many, and why the first did.
    Left { action: Action, key: String, count: usize, first: String },
    /// Somebody else holds the lock.
    Held { name: String, holder: Option<Holder> },
    /// `rm` without `-r`.
    Directory { key: String },
    /// What is to be stored can't be read.
    Input { name: &'static str, reason: String },
    /// What is to be stored is nothing.
    Empty { name: &'static str, key: String },
    /// What is to be stored is larger than a value may be.
    TooLarge { name: &'static str, limit: u64 },
    /// What was loaded is no text, where text was asked for.
    NotText { key: String },
    /// Standard output does not take it.
    Output(&'static str),
    /// Nobody reads standard output any more.
    NobodyReads,
}

impl From<Usage> for CommandError {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl From<Problem> for CommandError {
    fn from(problem: Problem) -> Self {
        Self::Settings(Box::new(problem))
    }
}

impl CommandError {
    /// How the command ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Call { error, .. } if matches!(error.kind, ErrorKind::NotFound) => Exit::NotFound,
            Self::Call { error, .. } if matches!(error.kind, ErrorKind::InvalidKey) => Exit::Usage,
            // Nothing but the time it is to hold can be beyond what a URL can do.
            Self::Call { action: Action::Sign, error, .. } if matches!(error.kind, ErrorKind::Unsupported) => {
                Exit::Usage
            }
            Self::Usage(_)
            | Self::Settings(_)
            | Self::Directory { .. }
            | Self::Empty { .. }
            | Self::TooLarge { .. } => Exit::Usage,
            Self::Held { .. } => Exit::Held,
            Self::NobodyReads => Exit::Success,
            _ => Exit::Failure,
        }
    }

    /// What a person is told: a sentence, and a line for each detail.
    pub fn report(&self) -> String {
        let mut report = format!("error: {}", shown(&self.sentence()));
        let mut line = |name: &str, text: &str| report.push_str(&format!("\n  {name:<6} {}", shown(text)));
        if let Self::Call { error, .. } = self {
            for (name, text) in failure(error).details() {
                line(name, &text);
            }
        }
        if let Self::Settings(problem) = self
            && let Some(origin) = &problem.origin
        {
            line("from:", &origin.to_string());
        }
        for hint in self.hints() {
            line("hint:", hint);
        }
        report
    }

    /// The same in one line, for who gets it as a value.
    pub fn line(&self) -> String {
        let details = match self {
            Self::Call { error, .. } => failure(error).details(),
            _ => Vec::new(),
        };
        details.iter().fold(self.sentence(), |line, (name, text)| match *name {
            "" => format!("{line}, {text}"),
            name => format!("{line}; {name} {text}"),
        })
    }

    fn sentence(&self) -> String {
        match self {
            Self::Usage(usage) => usage.to_string(),
            Self::Settings(problem) => format!("{}: {}", problem.field, problem.reason),
            Self::Call { action, key, error, .. } => sentence::failed(*action, key, kind_of(&error.kind)),
            Self::Left { action, key, count, first } => {
                sentence::failed(*action, key, format_args!("{count} left; {first}"))
            }
            Self::Held { name, holder } => {
                let holder = holder.as_ref();
                sentence::held(
                    name,
                    holder.map(|one| (one.owner.as_str(), one.token, Duration::from_millis(one.remaining))),
                )
            }
            Self::Directory { key } => sentence::directory(key),
            Self::Input { name, reason } => sentence::unreadable(name, reason),
            Self::Empty { name, key } => sentence::empty(name, key),
            Self::TooLarge { name, limit } => sentence::too_large(name, *limit),
            Self::NotText { key } => sentence::failed(Action::Load, key, "it is not UTF-8"),
            Self::Output(reason) => format!("can't write to standard output: {reason}"),
            Self::NobodyReads => "nobody reads standard output any more".to_owned(),
        }
    }

    fn hints(&self) -> Vec<&str> {
        match self {
            Self::Usage(_) => vec!["--help tells how it is used"],
            Self::Settings(problem) => problem.hint.as_deref().into_iter().collect(),
            Self::Call { hints, .. } => hints.iter().map(String::as_str).collect(),
            Self::Directory { .. } => vec![sentence::RECURSIVE_HINT],
            Self::Empty { .. } => vec![sentence::ALLOW_EMPTY_HINT],
            Self::Held { .. } => vec!["with -f it is broken all the same, and two may work at once"],
            _ => Vec::new(),
        }
    }
}
