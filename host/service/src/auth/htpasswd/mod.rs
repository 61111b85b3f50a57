//! Users of an htpasswd file.

mod remembered;
mod users;
mod verifier;

pub(super) use verifier::Verifier;
