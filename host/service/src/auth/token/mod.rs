//! Bearers of a token server's tokens, as in distribution's `token` authentication.
//!
//! Whose key may sign is told by the bundle of root certificates and the JWKS, never by the token: it names its key by a
//! chain of certificates (`x5c`) that ends at a root, by the key itself (`jwk`), or by an identifier (`kid`). What may sign
//! with a key follows from the key's type, so that no token can have its signature checked in another way than its key
//! is for. HMAC is not among it: whoever could check such a signature could sign as well.

mod algorithm;
mod certificates;
mod claims;
mod jwk;
mod jws;
mod key;
mod trust;
mod verifier;

pub(super) use verifier::Verifier;
