//! Options of locks: as a config file has them.

use crate::duration;
use serde::Deserialize;
use std::time::Duration;

/// The component's default of [`InterlockOptions::settle`].
const SETTLE: Duration = Duration::from_secs(15);

/// Options of locks. What is left out takes its default. In a file: `[locks]`, with spans of time as `"5s"`, `"250ms"` or
/// milliseconds. All that use a lock should have the same `folder` and `interlock`; the rest may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LockOptions {
    /// How long a lease lasts unless it is renewed, rounded down to seconds: 15 s to 1 h. Default 1 minute. A holder that
    /// dies blocks the lock for so long and a few seconds. With the interlock at most twice as long as its expiration is
    /// above a minute.
    #[serde(deserialize_with = "duration::optional")]
    pub lease: Option<Duration>,
    /// The first pause between two looks at a lock that is held: 50 ms to 1 minute. Default 250 ms.
    #[serde(deserialize_with = "duration::optional")]
    pub poll_min: Option<Duration>,
    /// The longest pause: `poll_min` to 1 minute. Default 5 s.
    #[serde(deserialize_with = "duration::optional")]
    pub poll_max: Option<Duration>,
    /// The folder of the locks, below the config's root: one component of a key, but not `.together`. Default `locks`. It is no
    /// data: calls on keys in it fail, and listings leave it out.
    pub folder: Option<String>,
    /// Keep a fleet out that still runs the Go module certmagic-oss. Default: off.
    pub interlock: Option<InterlockOptions>,
}

/// For the time in which Ossicle and the Go module certmagic-oss both run. It promises less than the lock does: no overlap
/// as long as Go processes delete within `settle` of looking, none works longer than its expiration, and they do not break
/// their own lock, which they can. Getting a lock takes `settle` longer. Refused where versioning is on or once was.
///
/// Better: stop all Go processes, wait for their expiration, and do without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct InterlockOptions {
    /// The shortest `lock-expiration` of the Go fleet: 150 s to a day. Default 5 minutes.
    #[serde(deserialize_with = "duration::optional")]
    pub expiration: Option<Duration>,
    /// How long a Go process may take from seeing a lock expired to deleting it: 1 s to 2 minutes. Default 15 s; 90 s
    /// covers the repeats of its SDK.
    #[serde(deserialize_with = "duration::optional")]
    pub settle: Option<Duration>,
}

impl LockOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a lease lasts unless it is renewed.
    pub fn lease(mut self, length: Duration) -> Self {
        self.lease = Some(length);
        self
    }

    /// The first and the longest pause between two looks at a lock that is held.
    pub fn poll(mut self, min: Duration, max: Duration) -> Self {
        (self.poll_min, self.poll_max) = (Some(min), Some(max));
        self
    }

    /// The folder of the locks.
    pub fn folder(mut self, folder: impl Into<String>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Keep a Go fleet out.
    pub fn interlock(mut self, interlock: InterlockOptions) -> Self {
        self.interlock = Some(interlock);
        self
    }

    /// How much longer it takes to get a lock with the interlock.
    pub(crate) fn settle(&self) -> Duration {
        self.interlock.as_ref().map_or(Duration::ZERO, |interlock| interlock.settle.unwrap_or(SETTLE))
    }
}

impl InterlockOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The shortest `lock-expiration` of the Go fleet.
    pub fn expiration(mut self, expiration: Duration) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// How long a Go process may take from seeing a lock expired to deleting it.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = Some(settle);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_can_be_read_and_a_mistake_is_named() {
        let options: LockOptions =
            toml::from_str("lease = \"30s\"\npoll-max = 2000\n[interlock]\nexpiration = \"5m\"").unwrap();
        let interlock = InterlockOptions::new().expiration(Duration::from_secs(300));
        let mut expected = LockOptions::new().lease(Duration::from_secs(30)).interlock(interlock);
        expected.poll_max = Some(Duration::from_secs(2));
        assert_eq!(options, expected);
        let error = toml::from_str::<LockOptions>("leese = 1").unwrap_err().to_string();
        assert!(error.contains("leese"), "{error}");
    }
}
