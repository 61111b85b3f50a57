//! Credentials that were found right a short time ago.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::{hmac, rand};

use crate::auth::error::AuthError;

/// How long a password that was right is not compared again. A push of an image sends some forty requests, of which each
/// would cost up to a quarter of a second.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// How many are kept, at 50 bytes each. With more users than that within [`KEPT_FOR`], some passwords are compared again.
const KEPT_AT_MOST: usize = 10_000;

/// Credentials that were found right, by an HMAC with a key that no other process has: nothing of a password is kept.
#[derive(Debug)]
pub(super) struct Remembered {
    key: hmac::Key,
    until: Mutex<HashMap<[u8; 32], Instant>>,
}

/// What credentials are known by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trace([u8; 32]);

impl Remembered {
    /// None yet.
    pub fn new() -> Result<Self, AuthError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new()).map_err(|_| AuthError::Entropy)?;
        Ok(Self { key, until: Mutex::default() })
    }

    /// What a user and a password are known by.
    pub fn trace(&self, user: &str, password: &str) -> Trace {
        let mut context = hmac::Context::with_key(&self.key);
        // The length keeps a user `a` with the password `bc` from being a user `ab` with `c`.
        context.update(&(user.len() as u64).to_be_bytes());
        context.update(user.as_bytes());
        context.update(password.as_bytes());
        let mut trace = [0; 32];
        trace.copy_from_slice(context.sign().as_ref());
        Trace(trace)
    }

    /// Whether credentials were right a short time ago.
    pub fn contains(&self, trace: Trace, now: Instant) -> bool {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(&trace.0).is_some_and(|until| now < *until)
    }

    /// Remembers credentials that were right.
    pub fn insert(&self, trace: Trace, now: Instant) {
        let mut kept = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_AT_MOST {
            kept.retain(|_, until| now < *until);
        }
        if kept.len() >= KEPT_AT_MOST
            && let Some(oldest) = kept.iter().min_by_key(|(_, until)| **until).map(|(trace, _)| *trace)
        {
            kept.remove(&oldest);
        }
        kept.insert(trace.0, now + KEPT_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_for_minutes_and_by_both_parts() {
        let remembered = Remembered::new().unwrap();
        let start = Instant::now();
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
        let remembered = Remembered::new().unwrap();
        let mut now = Instant::now();
        for number in 0..=KEPT_AT_MOST {
            now += Duration::from_millis(1);
            remembered.insert(remembered.trace("user", &number.to_string()), now);
        }
        assert_eq!(remembered.until.lock().unwrap().len(), KEPT_AT_MOST);
        assert!(!remembered.contains(remembered.trace("user", "0"), now));
        assert!(remembered.contains(remembered.trace("user", "1"), now));
    }

    #[test]
    fn key_is_another_one_each_time() {
        let (one, other) = (Remembered::new().unwrap(), Remembered::new().unwrap());
        assert_ne!(one.trace("ada", "secret").0, other.trace("ada", "secret").0);
        assert!(!format!("{one:?}").contains("ada"));
    }
}
