//! Which keys may sign tokens.

use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

use super::certificates::{Root, verify_chain};
use super::jwk::Jwk;
use super::jws::Header;
use super::key::PublicKey;
use crate::auth::error::AuthError;

/// The certificates of a root bundle.
#[derive(Debug)]
pub(super) struct Bundle(Vec<Root>);

/// The keys of a JWKS, each with its `kid`.
#[derive(Debug)]
pub(super) struct KeySet(Vec<(PublicKey, Option<String>)>);

#[derive(Deserialize)]
struct KeySetDocument {
    keys: Vec<serde_json::Value>,
}

impl Bundle {
    /// Parses a file in PEM. A key that verifies no tokens may be among them, and is logged, but there must be a certificate.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let wrong = |problem: String| AuthError::File { path: path.to_owned(), problem };
        let roots = Root::parse_bundle(text).map_err(wrong)?;
        if roots.is_empty() {
            return Err(wrong("there is no certificate in this file".to_owned()));
        }
        for (number, _) in roots.iter().enumerate().filter(|(_, root)| root.key.is_none()) {
            let path = path.display();
            tracing::warn!(%path, certificate = number + 1, "this certificate's key is none that can verify tokens");
        }
        Ok(Self(roots))
    }
}

impl KeySet {
    /// Parses a file. Keys that verify no tokens may be among them, and are logged, but not all may be such.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let wrong = |problem: &str| AuthError::File { path: path.to_owned(), problem: problem.to_owned() };
        let document: KeySetDocument =
            serde_json::from_str(text).map_err(|error| wrong(&format!("this is not a JWKS: {error}")))?;
        let mut keys = Vec::new();
        for (number, key) in document.keys.into_iter().enumerate() {
            let parsed = serde_json::from_value::<Jwk>(key).ok().and_then(|jwk| Some((jwk.public_key()?, jwk.kid)));
            match parsed {
                Some(key) => keys.push(key),
                None => {
                    tracing::warn!(path = %path.display(), key = number + 1, "this key is none that can verify tokens")
                }
            }
        }
        if keys.is_empty() {
            return Err(wrong("no key in this JWKS can verify tokens"));
        }
        Ok(Self(keys))
    }
}

/// All keys that may sign tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust<'a> {
    pub bundle: Option<&'a Bundle>,
    pub key_set: Option<&'a KeySet>,
}

impl Trust<'_> {
    fn roots(&self) -> &[Root] {
        self.bundle.map_or(&[], |bundle| &bundle.0)
    }

    /// The keys of the roots and of the key set.
    fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        let of_roots = self.roots().iter().filter_map(|root| root.key.as_ref()).map(|(key, _)| key);
        of_roots.chain(self.key_set.iter().flat_map(|set| &set.0).map(|(key, _)| key))
    }

    fn by_id(&self, id: &str) -> Option<&PublicKey> {
        let of_roots = self.roots().iter().filter_map(|root| root.key.as_ref());
        let root = of_roots.into_iter().find(|(_, ids)| ids.iter().any(|known| known == id)).map(|(key, _)| key);
        let keys = || self.key_set.iter().flat_map(|set| &set.0);
        let named = || keys().find(|(_, known)| known.as_deref() == Some(id)).map(|(key, _)| key);
        let by_thumbprint = || keys().find(|(key, _)| key.thumbprint() == id).map(|(key, _)| key);
        root.or_else(named).or_else(by_thumbprint)
    }

    /// The key that a token's header names, if it is trusted. A chain of certificates comes first, then the key itself, then
    /// an identifier, as in distribution; if the first is not trusted, the others are not looked at.
    pub fn key_of(&self, header: &Header, now: SystemTime) -> Result<PublicKey, &'static str> {
        let in_key = header.jwk.as_ref().and_then(|jwk| jwk.x5c.as_ref());
        if let Some(chain) = header.x5c.as_ref().or(in_key) {
            return verify_chain(chain, self.roots(), now);
        }
        if let Some(jwk) = &header.jwk {
            let key = jwk.public_key().ok_or("the token's key is of a kind that is not supported")?;
            return self.keys().find(|known| **known == key).cloned().ok_or("the token's key is not a trusted one");
        }
        let id = header.kid.as_deref().ok_or("the token does not name its key")?;
        self.by_id(id).cloned().ok_or("the token's key is not a trusted one")
    }
}
