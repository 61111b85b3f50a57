//! The decision about a request of somebody.

use http::HeaderValue;

use super::rights::{Identity, Rights};
use crate::ports::{AccessDecision, AccessRequest};

/// Decides about a request. `identity` is who sends it, `None` if the credentials are wrong. Whoever may not is asked for
/// credentials, unless they were right.
pub fn decide(
    identity: Option<Identity>,
    rights: &Rights,
    needed: &[AccessRequest],
    challenge: &HeaderValue,
) -> AccessDecision {
    let Some(identity) = identity else {
        return AccessDecision::Challenge(challenge.clone());
    };
    let is_allowed = needed.iter().all(|needed| rights.allow(&identity, needed));
    match identity {
        Identity::Anonymous if is_allowed => AccessDecision::Granted(None),
        Identity::Anonymous => AccessDecision::Challenge(challenge.clone()),
        Identity::User(user) if is_allowed => AccessDecision::Granted(Some(user)),
        Identity::User(user) => AccessDecision::Denied(Some(user)),
    }
}
