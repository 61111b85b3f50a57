//! Decides about a request whose sender is known or unknown.

use http::HeaderValue;

use super::rights::{Identity, Rights};
use crate::ports::{AccessDecision, AccessRequest};

/// Decides about a request. `identity` is the sender, or `None` if the credentials are wrong. A sender without the
/// needed rights is asked for credentials, unless valid ones were sent.
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
