//! On which conditions something is written.

use crate::error::CommandError;
use clap::Args;
use ossicle::{ErrorKind, PublishOptions};

/// On which conditions something is written.
#[derive(Debug, Clone, Copy, Args)]
pub struct Conditions {
    /// Fail where there is a file already, instead of replacing it
    ///
    /// OSS itself refuses it, so that of several who try at once only one succeeds. Only buckets on which versioning never
    /// was on heed this.
    #[arg(short, long)]
    no_clobber: bool,
}

impl Conditions {
    /// As the library has them.
    pub fn publish(self) -> PublishOptions {
        let options = PublishOptions::new();
        if self.no_clobber { options.create_only() } else { options }
    }

    /// Whether a file is replaced that is there.
    pub fn replace(self) -> bool {
        !self.no_clobber
    }

    /// Whether it failed because there is a file already.
    pub fn are_unmet(self, why: &CommandError) -> bool {
        self.no_clobber && matches!(why, CommandError::Call { error, .. } if error.kind() == Some(ErrorKind::Conflict))
    }
}
