//! Options of locks as the component's record `lock-options`.

use super::bindings::lock as wit;
use crate::config::LockOptions;
use crate::duration::milliseconds;

impl LockOptions {
    pub(crate) fn to_wit(&self) -> wit::LockOptions {
        wit::LockOptions {
            lease: self.lease.map(milliseconds),
            poll_min: self.poll_min.map(milliseconds),
            poll_max: self.poll_max.map(milliseconds),
            folder: self.folder.clone(),
            interlock: self.interlock.as_ref().map(|interlock| wit::InterlockOptions {
                expiration: interlock.expiration.map(milliseconds),
                settle: interlock.settle.map(milliseconds),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::InterlockOptions;
    use std::time::Duration;

    #[test]
    fn spans_of_time_are_told_in_milliseconds() {
        let interlock = InterlockOptions::new().expiration(Duration::from_secs(300));
        let options = LockOptions::new().lease(Duration::from_secs(30)).interlock(interlock).to_wit();
        assert_eq!(options.lease, Some(30_000));
        assert_eq!(options.interlock.and_then(|interlock| interlock.expiration), Some(300_000));
    }
}
