//! Whoever presents a token or a certificate.

use std::time::{Duration, SystemTime};

use ossicle_api::Grant;
use ratelimit::{Ratelimiter, TryWaitError};

use super::grant::{Allowed, RequestRate};

/// Whoever presents a certain token or certificate.
pub(crate) struct Bearer {
    /// The token's id or the certificate's name in the config, for logs.
    name: String,
    allowed: Allowed,
    limiter: Option<Ratelimiter>,
}

impl Bearer {
    pub(super) fn new(name: String, allowed: Allowed) -> Self {
        let limiter = allowed.pace.and_then(limiter);
        Self { name, allowed, limiter }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn grant(&self) -> &Grant {
        &self.allowed.grant
    }

    pub fn expires(&self) -> Option<SystemTime> {
        self.allowed.expires
    }

    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        self.allowed.expires.is_some_and(|end| end <= now)
    }

    /// Whether it is the same with the same allowance, so that what was counted of its requests goes on.
    pub(super) fn is_same(&self, name: &str, allowed: &Allowed) -> bool {
        self.name == name && self.allowed == *allowed
    }

    /// Counts a request, or says after how long it may come.
    pub fn begin_request(&self) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.try_wait().map_err(|error| match error {
            TryWaitError::Insufficient(wait) => wait,
            // One request is never more than the least burst, so that it is a matter of time.
            _ => Duration::from_secs(1),
        })
    }
}

/// A limiter that is full at first.
fn limiter(pace: RequestRate) -> Option<Ratelimiter> {
    let RequestRate { per_second, burst } = pace;
    let builder = Ratelimiter::builder(per_second.into()).max_tokens(burst.into()).initial_available(burst.into());
    // A period of a second and numbers above 0, which were checked, are always taken.
    builder.build().ok()
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bearer").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ossicle_api::{Right, Rights};

    use super::*;

    fn bearer(pace: Option<RequestRate>) -> Bearer {
        let grant = Grant { rights: Rights::from_iter([Right::Read]), body_limit: 1 };
        let expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(10));
        Bearer::new("a".to_owned(), Allowed { grant, expires, pace })
    }

    #[test]
    fn requests_beyond_the_burst_wait() {
        let slow = bearer(Some(RequestRate { per_second: 1, burst: 3 }));
        assert!((0..3).all(|_| slow.begin_request().is_ok()));
        let wait = slow.begin_request().unwrap_err();
        assert!(!wait.is_zero() && wait <= Duration::from_secs(1), "{wait:?}");
        assert!((0..1000).all(|_| bearer(None).begin_request().is_ok()));
    }

    #[test]
    fn credentials_end_when_they_expire() {
        let bearer = bearer(None);
        assert!(!bearer.is_expired(SystemTime::UNIX_EPOCH + Duration::from_secs(9)));
        assert!(bearer.is_expired(SystemTime::UNIX_EPOCH + Duration::from_secs(10)));
    }
}
