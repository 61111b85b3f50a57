//! The state of an upload, as its `Location` contains it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::digest::Algorithm;
use crate::hash::Hasher;
use crate::name::RepositoryName;

/// The length of an HMAC-SHA256.
const SEAL: usize = 32;

/// The state of an upload. The first four fields are distribution's.
///
/// `session` names the path that the hash state belongs to. Only one process ever wrote there, and it hashed exactly
/// what it wrote, so the state is that of the bytes there if their number is `offset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UploadState {
    #[serde(rename = "Name")]
    pub name: String,
    #[serde(rename = "UUID")]
    pub uuid: String,
    #[serde(rename = "Offset")]
    pub offset: u64,
    /// Seconds since 1970.
    #[serde(rename = "StartedAt")]
    pub started_at: u64,
    #[serde(rename = "Algorithm")]
    pub algorithm: String,
    /// The session that received the bytes; empty if there are none yet.
    #[serde(rename = "Session")]
    pub session: String,
    /// The hash state after `offset` bytes, in Go's format and base64.
    #[serde(rename = "HashState")]
    pub hash_state: String,
}

impl UploadState {
    pub fn new(
        name: &RepositoryName,
        uuid: &str,
        session: &str,
        offset: u64,
        started_at: u64,
        hasher: &Hasher,
    ) -> Self {
        Self {
            name: name.to_string(),
            uuid: uuid.to_owned(),
            offset,
            started_at,
            algorithm: hasher.algorithm().name().to_owned(),
            session: session.to_owned(),
            hash_state: STANDARD.encode(hasher.to_go_state()),
        }
    }

    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::parse(&self.algorithm)
    }

    /// The hash of the session's first `offset` bytes.
    pub fn hasher(&self) -> Option<Hasher> {
        let state = STANDARD.decode(&self.hash_state).ok()?;
        Hasher::from_go_state(self.algorithm()?, &state, self.offset)
    }

    /// Whether the state certainly belongs to different content of the same length.
    pub fn hash_differs(&self, hasher: &Hasher) -> bool {
        let own = self.hasher().map(|own| own.digest());
        own.is_some_and(|own| own.algorithm() == hasher.algorithm() && own != hasher.digest())
    }

    /// The text for the `Location`: base64url of HMAC-SHA256 and JSON.
    pub fn seal(&self, secret: &[u8]) -> Option<String> {
        let json = serde_json::to_vec(self).ok()?;
        let mut sealed = authenticator(secret, &json)?.finalize().into_bytes().to_vec();
        sealed.extend(json);
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The state in a text, if it was authenticated with this secret.
    pub fn open(text: &str, secret: &[u8]) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (seal, json) = sealed.split_at_checked(SEAL)?;
        authenticator(secret, json)?.verify_slice(seal).ok()?;
        serde_json::from_slice(json).ok()
    }
}

fn authenticator(secret: &[u8], json: &[u8]) -> Option<Hmac<Sha256>> {
    let mut authenticator = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    authenticator.update(json);
    Some(authenticator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_opens_only_as_it_was_sealed() {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(b"content");
        let name = RepositoryName::parse("a/b").unwrap();
        let state = UploadState::new(&name, "u", "s", 7, 1_795_716_650, &hasher);
        let sealed = state.seal(b"secret").unwrap();
        assert!(sealed.len() < 512, "it stays short whatever the size: {}", sealed.len());
        let opened = UploadState::open(&sealed, b"secret").unwrap();
        assert_eq!(opened, state);
        assert_eq!(opened.hasher().unwrap().digest(), hasher.digest());
        assert_eq!(UploadState::open(&sealed, b"another"), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(UploadState::open(std::str::from_utf8(&changed).unwrap(), b"secret"), None, "at {place}");
        }
        assert_eq!(UploadState::open("", b"secret"), None);
    }
}
