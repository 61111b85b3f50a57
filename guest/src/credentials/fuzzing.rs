//! Fuzz target of temporary credentials.

use super::Temporary;
use crate::json::Json;

/// Reads a credential service's response: accepted credentials are usable, and `Debug` does not show their secret.
pub(crate) fn temporary(answer: &Json) {
    let Ok(temporary) = Temporary::read("STS", answer) else { return };
    assert!(temporary.credentials.check().is_ok());
    for service_time in [None, Some(0), Some(u64::MAX)] {
        let fetched = temporary.clone().measured(service_time);
        assert!(fetched.expiry.remaining(0).is_some(), "what STS gives has an end");
    }
    let secret = &*temporary.credentials.access_key_secret;
    // A short secret may occur by chance, and a key's id may be the same text.
    let is_known = secret.len() < 12 || temporary.credentials.access_key_id.contains(secret);
    assert!(is_known || !format!("{temporary:?}").contains(secret));
}
