//! Credentials that were found right a short time ago.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long a password that was right is not compared again. A push of an image sends some forty requests, of which each
/// would cost up to a quarter of a second.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// How many are kept, at 50 bytes each. With more users than that within [`KEPT_FOR`], some passwords are compared again.
const KEPT_AT_MOST: usize = 10_000;

/// How long a key is: as a block of SHA-256.
pub const KEY_BYTES: usize = 64;

/// Credentials that were found right, by an HMAC with a key that no other process has: nothing of a password is kept.
pub struct Remembered {
    keyed: Hmac<Sha256>,
    /// By the time of a clock that never goes back.
    until: BTreeMap<[u8; 32], Duration>,
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("number", &self.until.len()).finish_non_exhaustive()
    }
}

/// What credentials are known by.
#[derive(Clone, Copy, Debug)]
pub struct Trace([u8; 32]);

impl Remembered {
    /// None yet. The key must be random.
    pub fn new(key: [u8; KEY_BYTES]) -> Self {
        Self { keyed: Hmac::new(&key.into()), until: BTreeMap::new() }
    }

    /// What a user and a password are known by.
    pub fn trace(&self, user: &str, password: &str) -> Trace {
        let mut context = self.keyed.clone();
        // The length keeps a user `a` with the password `bc` from being a user `ab` with `c`.
        context.update(&(user.len() as u64).to_be_bytes());
        context.update(user.as_bytes());
        context.update(password.as_bytes());
        Trace(context.finalize().into_bytes().into())
    }

    /// Whether credentials were right a short time ago.
    pub fn contains(&self, trace: Trace, now: Duration) -> bool {
        self.until.get(&trace.0).is_some_and(|until| now < *until)
    }

    /// Remembers credentials that were right.
    pub fn insert(&mut self, trace: Trace, now: Duration) {
        let kept = &mut self.until;
        if kept.len() >= KEPT_AT_MOST {
            kept.retain(|_, until| now < *until);
        }
        if kept.len() >= KEPT_AT_MOST
            && let Some(oldest) = kept.iter().min_by_key(|(_, until)| **until).map(|(trace, _)| *trace)
        {
            kept.remove(&oldest);
        }
        kept.insert(trace.0, now.saturating_add(KEPT_FOR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_for_minutes_and_by_both_parts() {
        let mut remembered = Remembered::new([7; KEY_BYTES]);
        let start = Duration::from_secs(1);
        remembered.insert(remembered.trace("ada", "secret"), start);
        assert!(remembered.contains(remembered.trace("ada", "secret"), start));
        for (user, password) in [("ada", "other"), ("bob", "secret"), ("adas", "ecret"), ("ad", "asecret"), ("ada", "")]
        {
            assert!(!remembered.contains(remembered.trace(user, password), start), "{user} {password}");
        }
        let end = start + KEPT_FOR;
        assert!(remembered.contains(remembered.trace("ada", "secret"), end - Duration::from_millis(1)));
        assert!(!remembered.contains(remembered.trace("ada", "secret"), end));
    }

    #[test]
    fn number_is_bounded_and_the_oldest_goes_first() {
        let mut remembered = Remembered::new([7; KEY_BYTES]);
        let mut now = Duration::ZERO;
        for number in 0..=KEPT_AT_MOST {
            now += Duration::from_millis(1);
            remembered.insert(remembered.trace("user", &number.to_string()), now);
        }
        assert_eq!(remembered.until.len(), KEPT_AT_MOST);
        assert!(!remembered.contains(remembered.trace("user", "0"), now));
        assert!(remembered.contains(remembered.trace("user", "1"), now));
    }

    #[test]
    fn trace_is_of_one_key() {
        let (one, other) = (Remembered::new([1; KEY_BYTES]), Remembered::new([2; KEY_BYTES]));
        assert_ne!(one.trace("ada", "secret").0, other.trace("ada", "secret").0);
        assert_eq!(format!("{one:?}"), "Remembered { number: 0, .. }");
    }
}
