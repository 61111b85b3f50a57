//! The options of locks as the caller gives them, and the settings after they are checked.

use std::time::Duration;

use super::rule::Rule;
use crate::error::ConfigProblem;
use crate::key::{Key, TOGETHER};

/// How long before its end a holder stops relying on a lease: its clock may be slow, and OSS takes a moment between
/// checking when a write arrives and performing it.
pub const MARGIN: Duration = Duration::from_secs(5);
/// How long after its end a lease is still respected: OSS states times to the second, and its servers' clocks may
/// differ.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long a lock counts as held by an unknown holder if the end of its log can't be read, in seconds.
pub const UNREADABLE_TTL: u32 = 3600;

const LEASE: u64 = 60_000;
/// A shorter lease leaves no time for [`MARGIN`] and a second attempt to renew.
const SHORTEST_LEASE: u64 = 15_000;
/// A holder that crashed blocks the lock for so long at most.
pub(super) const LONGEST_LEASE: u64 = 3_600_000;
const POLL_MIN: u64 = 250;
const POLL_MAX: u64 = 5_000;
const FOLDER: &str = "locks";
/// certmagic-oss's default `lock-expiration`.
const GO_EXPIRATION: u64 = 300_000;
const REQUEST: Duration = Duration::from_secs(5);

/// Options of locks as the caller gives them; those that are left out have defaults. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockOptions {
    /// How long a lease lasts unless it is renewed, rounded down to seconds. 15 s to 1 h; default 60 s. With the interlock
    /// at most twice as long as its expiration is above a minute.
    pub lease: Option<u64>,
    /// The first pause between two reads of a held lock. 50 ms to 60 s; default 250 ms.
    pub poll_min: Option<u64>,
    /// The longest pause. `poll_min` to 60 s; default 5 s.
    pub poll_max: Option<u64>,
    /// The folder of the locks below the storage's root: one component of a key, but not `.together`, which is for values that
    /// are stored together. Default `locks`.
    pub folder: Option<String>,
    /// Whether, and how, to keep out a fleet that still runs the Go module. Default: off.
    pub interlock: Option<InterlockOptions>,
}

/// See [`super::interlock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterlockOptions {
    /// The shortest `lock-expiration` of the Go fleet. 150 s to 1 day; default 300 s.
    pub expiration: Option<u64>,
    /// How long a Go process may take from seeing a lock expired to deleting it. 1 s to 2 min; default 15 s, and 90 s
    /// covers the repeats of its SDK.
    pub settle: Option<u64>,
}

/// Checked options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockSettings {
    /// How long a lease lasts, in seconds.
    pub ttl: u32,
    /// The first pause between two reads.
    pub poll_min: Duration,
    /// The longest pause.
    pub poll_max: Duration,
    /// The folder of the locks.
    pub folder: String,
    /// The interlock's settings, if it is enabled.
    pub interlock: Option<Interlock>,
    #[cfg(feature = "lock-mutants")]
    broken: Option<Rule>,
}

/// Settings of the interlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interlock {
    /// When the Go fleet considers a lock expired.
    pub expiration: Duration,
    /// How long to wait before relying on an object that a Go process might be about to delete.
    pub settle: Duration,
}

impl Default for LockSettings {
    fn default() -> Self {
        Self {
            ttl: u32::try_from(LEASE / 1000).unwrap_or(u32::MAX),
            poll_min: Duration::from_millis(POLL_MIN),
            poll_max: Duration::from_millis(POLL_MAX),
            folder: FOLDER.to_owned(),
            interlock: None,
            #[cfg(feature = "lock-mutants")]
            broken: None,
        }
    }
}

impl LockOptions {
    /// Checks the options.
    ///
    /// # Errors
    /// Names the first that can't work.
    pub fn check(self) -> Result<LockSettings, ConfigProblem> {
        let lease = within("locks.lease", self.lease, LEASE, SHORTEST_LEASE, LONGEST_LEASE)?;
        let poll_min = within("locks.poll-min", self.poll_min, POLL_MIN, 50, 60_000)?;
        let poll_max = within("locks.poll-max", self.poll_max, POLL_MAX.max(poll_min), poll_min, 60_000)?;
        let folder = self.folder.unwrap_or_else(|| FOLDER.to_owned());
        if folder.contains('/') || folder.len() > 100 || !Key::is_normal(&folder) {
            let reason = format!("{folder:?} is no single component of a key of at most 100 bytes: give locks, say");
            return Err(ConfigProblem::new("locks.folder", reason));
        }
        if folder == TOGETHER {
            let reason = format!("{folder:?} is for values that are stored together: give locks, say");
            return Err(ConfigProblem::new("locks.folder", reason));
        }
        let interlock = match self.interlock {
            None => None,
            Some(given) => {
                let settle = within("locks.interlock.settle", given.settle, 15_000, 1_000, 120_000)?;
                // The expiration must cover the 60 s margin, one `settle` wait, and a refresh that is late by as much again.
                let least = (settle * 2 + 60_000).max(150_000);
                let expiration =
                    within("locks.interlock.expiration", given.expiration, GO_EXPIRATION, least, 86_400_000)?;
                // The lease is renewed every third of it, and so is the object that the Go fleet must not find expired.
                // A renewal that arrives after two thirds of its time leaves one third for another attempt.
                let longest = (expiration - 60_000) * 2;
                if lease > longest {
                    let reason = format!(
                        "is {lease} ms, and beside a Go fleet whose locks expire after {expiration} ms {SHORTEST_LEASE} ms \
                         to {longest} ms can be used: a renewal every third of it would come too late"
                    );
                    return Err(ConfigProblem::new("locks.lease", reason));
                }
                Some(Interlock { expiration: Duration::from_millis(expiration), settle: Duration::from_millis(settle) })
            }
        };
        Ok(LockSettings {
            ttl: u32::try_from(lease / 1000).unwrap_or(u32::MAX),
            poll_min: Duration::from_millis(poll_min),
            poll_max: Duration::from_millis(poll_max),
            folder,
            interlock,
            #[cfg(feature = "lock-mutants")]
            broken: None,
        })
    }
}

impl LockSettings {
    /// The time limit of one request: four fit into a lease.
    pub(super) fn request(&self) -> Duration {
        REQUEST.min(Duration::from_secs(u64::from(self.ttl)) / 4)
    }

    /// How long a call tries to find out the outcome of its request.
    pub(super) fn resolve_timeout(&self) -> Duration {
        self.request() * 3
    }

    pub(super) fn grace(&self) -> Duration {
        if self.keeps(Rule::Grace) { GRACE } else { Duration::ZERO }
    }

    pub(super) fn margin(&self) -> Duration {
        if self.keeps(Rule::Margin) { MARGIN } else { Duration::ZERO }
    }

    /// Whether a rule is followed: always, except in tests of the simulation.
    #[cfg(not(feature = "lock-mutants"))]
    pub(super) fn keeps(&self, _: Rule) -> bool {
        true
    }

    /// Whether a rule is followed.
    #[cfg(feature = "lock-mutants")]
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    /// Settings that break a rule, for tests of the simulation.
    #[cfg(feature = "lock-mutants")]
    #[must_use]
    pub fn breaking(self, rule: Rule) -> Self {
        Self { broken: Some(rule), ..self }
    }
}

fn within(field: &'static str, given: Option<u64>, default: u64, least: u64, most: u64) -> Result<u64, ConfigProblem> {
    let value = given.unwrap_or(default);
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(ConfigProblem::new(field, format!("is {value} ms, and {least} ms to {most} ms can be used")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults() {
        let settings = LockOptions::default().check().unwrap();
        assert_eq!(settings, LockSettings::default());
        assert_eq!((settings.ttl, settings.folder.as_str()), (60, "locks"));
        assert_eq!((settings.poll_min, settings.poll_max), (Duration::from_millis(250), Duration::from_secs(5)));
        assert_eq!((settings.interlock, settings.request()), (None, REQUEST));
    }

    #[test]
    fn gap_24_nonsense_is_refused() {
        type Change = fn(&mut LockOptions);
        let cases: [(&str, Change); 14] = [
            ("locks.lease", |o| o.lease = Some(0)),
            ("locks.lease", |o| o.lease = Some(1)),
            ("locks.lease", |o| o.lease = Some(14_999)),
            ("locks.lease", |o| o.lease = Some(30 * 86_400_000)),
            ("locks.poll-min", |o| o.poll_min = Some(0)),
            ("locks.poll-max", |o| o.poll_max = Some(1)),
            ("locks.poll-max", |o| o.poll_max = Some(60_001)),
            ("locks.folder", |o| o.folder = Some(String::new())),
            ("locks.folder", |o| o.folder = Some("a/b".into())),
            ("locks.folder", |o| o.folder = Some("..".into())),
            ("locks.folder", |o| o.folder = Some("/a".into())),
            // There sets keep their indexes.
            ("locks.folder", |o| o.folder = Some(".together".into())),
            ("locks.interlock.expiration", |o| {
                o.interlock = Some(InterlockOptions { expiration: Some(60_000), ..InterlockOptions::default() });
            }),
            ("locks.interlock.settle", |o| {
                o.interlock = Some(InterlockOptions { settle: Some(0), ..InterlockOptions::default() });
            }),
        ];
        for (field, change) in cases {
            let mut options = LockOptions::default();
            change(&mut options);
            assert_eq!(options.check().unwrap_err().field, field);
        }
    }
    /// 2.4: such a lease would be lost at its first renewal.
    #[test]
    fn a_lease_too_long_for_the_interlock_is_refused() {
        let check = |lease: u64, expiration: Option<u64>| {
            let interlock = Some(InterlockOptions { expiration, ..InterlockOptions::default() });
            LockOptions { lease: Some(lease), interlock, ..LockOptions::default() }.check()
        };
        for (lease, expiration) in [(480_000, None), (180_000, Some(150_000)), (3_600_000, Some(1_860_000))] {
            assert!(check(lease, expiration).is_ok());
            let problem = check(lease + 1000, expiration).unwrap_err();
            assert_eq!(problem.field, "locks.lease");
        }
        assert!(LockOptions { lease: Some(3_600_000), ..LockOptions::default() }.check().is_ok());
    }
}
