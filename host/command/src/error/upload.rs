//! An upload that is there, or is not, against what was asked.

use super::command_error::CommandError;
use crate::terminal::foreign::{command, quoted};
use crate::terminal::text::size;
use ossicle::ErrorKind;
use ossicle_terms::Exit;

/// An upload that is there, or is not, against what was asked.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It was begun, and something ended it.
    #[error("{}; {} of {} are stored, and wait to be gone on with", .why, size(*.done), quoted(.path))]
    Suspended {
        /// The path.
        path: String,
        /// How much of it is stored.
        done: u64,
        /// The command that goes on with it.
        resume: String,
        /// What ended it.
        why: Box<CommandError>,
    },
    /// Something is to be added to a file that an upload waits for.
    #[error("an upload for {} waits to be gone on with", quoted(.path))]
    Pending {
        /// The path.
        path: String,
    },
    /// Nothing waits.
    #[error("no upload for {} waits to be gone on with", quoted(.path))]
    Nothing {
        /// The path.
        path: String,
    },
    /// What is there can't be the beginning of what is to be stored.
    #[error("of {} there are {} already, and {name} has {}", quoted(.path), size(*.done), size(*.length))]
    Longer {
        /// The path.
        path: String,
        /// How much of it is stored.
        done: u64,
        /// What was to be stored.
        name: String,
        /// Its length.
        length: u64,
    },
    /// What is there is not the beginning of what is to be stored.
    #[error(
        "the upload for {} was begun with another content than {name}: bytes {start} to {} differ from {}",
        quoted(.path), .end - 1, place(*.part)
    )]
    Differs {
        /// The path.
        path: String,
        /// What was to be stored.
        name: String,
        /// The part that differs; none for what is stored behind the last one.
        part: Option<u32>,
        /// Where in what was to be stored the difference begins, at the earliest.
        start: u64,
        /// Where it ends.
        end: u64,
    },
    /// Nobody can tell whether what is there is the beginning of what is to be stored.
    #[error("OSS states no checksum of {} of the upload for {}, so nothing can be compared with it", place(*.part), quoted(.path))]
    Incomparable {
        /// The path.
        path: String,
        /// The part; none for what is stored behind the last one.
        part: Option<u32>,
    },
}

impl UploadError {
    /// How the command ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Suspended { why, .. } => why.exit(),
            Self::Nothing { .. } => Exit::NotFound,
            Self::Pending { .. } | Self::Longer { .. } | Self::Differs { .. } | Self::Incomparable { .. } => {
                Exit::Usage
            }
        }
    }

    /// Its kind in a word that does not change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Suspended { .. } => "suspended",
            Self::Pending { .. } => "upload-pending",
            Self::Nothing { .. } => "no-upload",
            Self::Longer { .. } => "upload-longer",
            Self::Differs { .. } => "upload-differs",
            Self::Incomparable { .. } => "upload-incomparable",
        }
    }

    /// The path.
    pub fn path(&self) -> &str {
        let (Self::Suspended { path, .. }
        | Self::Pending { path }
        | Self::Nothing { path }
        | Self::Longer { path, .. }
        | Self::Differs { path, .. }
        | Self::Incomparable { path, .. }) = self;
        path
    }

    /// What ended the upload, where something did.
    pub fn cause(&self) -> Option<&CommandError> {
        match self {
            Self::Suspended { why, .. } => Some(why),
            _ => None,
        }
    }

    /// What may help.
    pub fn hints(&self) -> Vec<String> {
        let drop = format!("drop it: {}", command("ossicle blob uploads --older-than 0s --remove", &[self.path()]));
        let anew = "without --resume it is begun anew".to_owned();
        match self {
            Self::Suspended { why, .. } if is_final(why) => {
                vec![format!("it can't be gone on with: {anew}"), format!("or {drop}")]
            }
            Self::Suspended { resume, .. } => vec![format!("go on with it: {resume}"), format!("or {drop}")],
            Self::Pending { .. } => vec!["with --resume it is gone on with".to_owned(), format!("or {drop}")],
            Self::Nothing { .. } => vec![anew],
            Self::Longer { .. } | Self::Differs { .. } => {
                vec![format!("it was begun with another file; {anew}"), format!("or {drop}")]
            }
            Self::Incomparable { .. } => vec![anew, format!("or {drop}")],
        }
    }
}

/// Whether what ended an upload ends every attempt to go on with it: the parts that are stored leave no room.
fn is_final(why: &CommandError) -> bool {
    matches!(why, CommandError::Call { error, .. } if error.kind() == Some(ErrorKind::Unsupported))
}

fn place(part: Option<u32>) -> String {
    part.map_or_else(|| "what follows the last part".to_owned(), |part| format!("part {part}"))
}
