//! Fuzz target of temporary credentials.

use std::time::Duration;

use super::Temporary;
use crate::json::Json;
use crate::ports::Clock;

/// As the answer of a credential service: what is taken can be used, for a minute at least, and does not show its secret.
pub(crate) fn temporary(answer: &Json) {
    let Ok(temporary) = Temporary::read("STS", answer) else { return };
    assert!(temporary.credentials.check().is_ok());
    for service_time in [None, Some(0), Some(u64::MAX)] {
        let fetched = temporary.clone().measured(&At(5), service_time);
        assert!(fetched.lifetime.unwrap() >= Duration::from_secs(60));
    }
    let secret = &*temporary.credentials.access_key_secret;
    // A short one may stand there by chance, and a key's id may be the same text.
    let is_known = secret.len() < 12 || temporary.credentials.access_key_id.contains(secret);
    assert!(is_known || !format!("{temporary:?}").contains(secret));
}

/// A clock that stands.
struct At(u64);

impl Clock for At {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}
