//! Settings of locks on the command line.

use clap::Args;
use ossicle_terms::{Field, Given, Origin};

/// Options of locks: the table `[locks]` of a config file. All that use a lock must have the same folder and interlock.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Locks")]
pub struct LockFlags {
    /// The folder of the locks below the root [env: OSSICLE_LOCK_FOLDER] [default: locks]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    lock_folder: Option<String>,

    /// How long a lease lasts unless it is renewed, 15s to 1h: how long a holder that died blocks a lock
    /// [env: OSSICLE_LOCK_LEASE] [default: 60s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    lock_lease: Option<String>,

    /// The first pause between two looks at a lock that is held [default: 250ms]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    lock_poll_min: Option<String>,

    /// The longest pause between two looks [default: 5s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    lock_poll_max: Option<String>,

    /// Keep Go processes out as well that run certmagic-oss with this lock-expiration, the shortest of them: for the time
    /// in which both run. It promises less than the lock does, and is refused where versioning is or was on
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    lock_interlock_expiration: Option<String>,

    /// How long a Go process may take from seeing a lock expired to deleting it [default: 15s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    lock_interlock_settle: Option<String>,
}

impl LockFlags {
    /// Adds what they give.
    pub fn give(&self, given: &mut Given) {
        for (field, flag, text) in [
            (Field::LockFolder, "--lock-folder", &self.lock_folder),
            (Field::LockLease, "--lock-lease", &self.lock_lease),
            (Field::LockPollMin, "--lock-poll-min", &self.lock_poll_min),
            (Field::LockPollMax, "--lock-poll-max", &self.lock_poll_max),
            (Field::InterlockExpiration, "--lock-interlock-expiration", &self.lock_interlock_expiration),
            (Field::InterlockSettle, "--lock-interlock-settle", &self.lock_interlock_settle),
        ] {
            if let Some(text) = text {
                given.put(field, text, Origin::Flag(flag));
            }
        }
    }
}
