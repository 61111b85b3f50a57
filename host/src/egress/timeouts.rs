//! Timeouts of a request for which the component states none.

use std::time::Duration;

/// What holds where the component asks for nothing else. It always asks; another component may not.
pub(super) const DEFAULT_TIMEOUTS: (Duration, Duration, Duration) =
    (Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(60));
