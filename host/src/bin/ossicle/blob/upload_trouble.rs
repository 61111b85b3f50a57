//! An upload that is there, or is not, against what was asked.

use crate::exit::Exit;
use crate::foreign::{command, quoted};
use crate::text::size;
use crate::trouble::Trouble;

/// An upload that is there, or is not, against what was asked.
#[derive(Debug, thiserror::Error)]
pub enum UploadTrouble {
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
        why: Box<Trouble>,
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
}

impl UploadTrouble {
    /// How the command ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Suspended { why, .. } => why.exit(),
            Self::Nothing { .. } => Exit::NotFound,
            Self::Pending { .. } | Self::Longer { .. } => Exit::Usage,
        }
    }

    /// Its kind in a word that does not change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Suspended { .. } => "suspended",
            Self::Pending { .. } => "upload-pending",
            Self::Nothing { .. } => "no-upload",
            Self::Longer { .. } => "upload-longer",
        }
    }

    /// The path.
    pub fn path(&self) -> &str {
        let (Self::Suspended { path, .. }
        | Self::Pending { path }
        | Self::Nothing { path }
        | Self::Longer { path, .. }) = self;
        path
    }

    /// What may help.
    pub fn hints(&self) -> Vec<String> {
        let drop =
            || format!("or drop it: {}", command("ossicle blob uploads --older-than 0s --remove", &[self.path()]));
        match self {
            Self::Suspended { resume, .. } => {
                vec![format!("go on with it: {resume}"), drop()]
            }
            Self::Pending { .. } => {
                vec!["with --resume it is gone on with".to_owned(), drop()]
            }
            Self::Nothing { .. } => vec!["without --resume it is begun anew".to_owned()],
            Self::Longer { .. } => vec!["it was begun with another file; without --resume it is begun anew".to_owned()],
        }
    }
}
