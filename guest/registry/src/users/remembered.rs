//! Remembers the credentials that were right a short time ago.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long a password that was right is not compared again. A push of an image sends about forty requests, and each
/// comparison would take up to a quarter of a second.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// How many credentials are remembered, at about 50 bytes each. If more users send requests within [`KEPT_FOR`], some
/// passwords are compared again.
const KEPT_AT_MOST: usize = 10_000;

/// The length of the key in bytes: a block of SHA-256.
pub const KEY_BYTES: usize = 64;

/// Credentials that were right a short time ago. Each is stored as an HMAC whose key is known to this process only, so
/// nothing of a password is kept.
pub struct VerifiedCredentials {
    keyed: Hmac<Sha256>,
    /// Until when each is remembered, on a clock that never goes back.
    until: BTreeMap<[u8; 32], Duration>,
}

impl fmt::Debug for VerifiedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedCredentials").field("number", &self.until.len()).finish_non_exhaustive()
    }
}

/// The HMAC of a user and a password.
#[derive(Clone, Copy, Debug)]
pub struct CredentialsMac([u8; 32]);

impl VerifiedCredentials {
    /// Remembers nothing yet. The key must be random.
    pub fn new(key: [u8; KEY_BYTES]) -> Self {
        Self { keyed: Hmac::new(&key.into()), until: BTreeMap::new() }
    }

    /// Computes the HMAC of a user and a password.
    pub fn mac(&self, user: &str, password: &str) -> CredentialsMac {
        let mut context = self.keyed.clone();
        // With the length, user `a` with password `bc` differs from user `ab` with password `c`.
        context.update(&(user.len() as u64).to_be_bytes());
        context.update(user.as_bytes());
        context.update(password.as_bytes());
        CredentialsMac(context.finalize().into_bytes().into())
    }

    /// Whether these credentials were right a short time ago. `now` is a time on a clock that never goes back.
    pub fn contains(&self, mac: CredentialsMac, now: Duration) -> bool {
        self.until.get(&mac.0).is_some_and(|until| now < *until)
    }

    /// Remembers credentials that were right.
    pub fn insert(&mut self, mac: CredentialsMac, now: Duration) {
        let kept = &mut self.until;
        if kept.len() >= KEPT_AT_MOST {
            kept.retain(|_, until| now < *until);
        }
        if kept.len() >= KEPT_AT_MOST
            && let Some(oldest) = kept.iter().min_by_key(|(_, until)| **until).map(|(mac, _)| *mac)
        {
            kept.remove(&oldest);
        }
        kept.insert(mac.0, now.saturating_add(KEPT_FOR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_for_minutes_and_by_both_parts() {
        let mut remembered = VerifiedCredentials::new([7; KEY_BYTES]);
        let start = Duration::from_secs(1);
        remembered.insert(remembered.mac("ada", "secret"), start);
        assert!(remembered.contains(remembered.mac("ada", "secret"), start));
        for (user, password) in [("ada", "other"), ("bob", "secret"), ("adas", "ecret"), ("ad", "asecret"), ("ada", "")]
        {
            assert!(!remembered.contains(remembered.mac(user, password), start), "{user} {password}");
        }
        let end = start + KEPT_FOR;
        assert!(remembered.contains(remembered.mac("ada", "secret"), end - Duration::from_millis(1)));
        assert!(!remembered.contains(remembered.mac("ada", "secret"), end));
    }

    #[test]
    fn number_is_bounded_and_the_oldest_goes_first() {
        let mut remembered = VerifiedCredentials::new([7; KEY_BYTES]);
        let mut now = Duration::ZERO;
        for number in 0..=KEPT_AT_MOST {
            now += Duration::from_millis(1);
            remembered.insert(remembered.mac("user", &number.to_string()), now);
        }
        assert_eq!(remembered.until.len(), KEPT_AT_MOST);
        assert!(!remembered.contains(remembered.mac("user", "0"), now));
        assert!(remembered.contains(remembered.mac("user", "1"), now));
    }

    #[test]
    fn mac_depends_on_the_key() {
        let (one, other) = (VerifiedCredentials::new([1; KEY_BYTES]), VerifiedCredentials::new([2; KEY_BYTES]));
        assert_ne!(one.mac("ada", "secret").0, other.mac("ada", "secret").0);
        assert_eq!(format!("{one:?}"), "VerifiedCredentials { number: 0, .. }");
    }
}
