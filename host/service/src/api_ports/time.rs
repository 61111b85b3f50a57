//! Times and windows, between the library and the core.

use std::time::{Duration, SystemTime};

use ossicle_api::ports::Window;

/// In seconds since 1970.
pub(super) fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn moment(seconds: u64) -> SystemTime {
    // What can't be a moment in time is no time of OSS's either.
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(super) fn to_library(window: Window) -> ossicle::Window {
    ossicle::Window { since: moment(window.since), until: moment(window.until) }
}

pub(super) fn of_library(window: ossicle::Window) -> Window {
    Window { since: seconds(window.since), until: seconds(window.until) }
}
