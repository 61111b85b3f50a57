//! Times as the WIT has them: whole seconds since 1970.

use std::time::{Duration, SystemTime};

/// A time. One beyond what the platform can tell is the component's invention.
pub(crate) fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
