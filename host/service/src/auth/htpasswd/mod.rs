//! Users of an htpasswd file.

mod file;
mod verifier;

pub(super) use verifier::Verifier;
