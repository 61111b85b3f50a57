//! The key types of Tink that are supported, read from their messages.

use zeroize::Zeroizing;

use super::ctr_hmac::{CtrHmac, Hash, Params};
use super::nonced::{Nonced, Suite};
use super::wire::{Malformed, Message};
use crate::ports::Entropy;

const DOMAIN: &str = "type.googleapis.com/";
const PACKAGE: &str = "google.crypto.tink.";

/// The URL by which a key set names a key's type.
pub(super) fn type_url(name: &str) -> String {
    [DOMAIN, PACKAGE, name].concat()
}

/// The type's name within its URL, for messages; `unknown` for a text that does not begin like a type's URL, so that it
/// is not repeated.
pub(super) fn type_name(url: &str) -> &str {
    match url.strip_prefix(DOMAIN) {
        Some(name) => name.strip_prefix(PACKAGE).unwrap_or(name),
        None => "unknown",
    }
}

/// The cipher of a key.
pub(super) enum Cipher {
    Nonced(Nonced),
    CtrHmac(CtrHmac),
}

impl Cipher {
    /// Parses a key of a type.
    pub(super) fn read(url: &str, value: &[u8]) -> Result<Self, String> {
        let malformed = |problem: Malformed| problem.to_string();
        let suite = match url.strip_prefix(DOMAIN).and_then(|name| name.strip_prefix(PACKAGE)) {
            Some("AesGcmKey") => Suite::AesGcm,
            Some("AesGcmSivKey") => Suite::AesGcmSiv,
            Some("ChaCha20Poly1305Key") => Suite::ChaCha20Poly1305,
            Some("XChaCha20Poly1305Key") => Suite::XChaCha20Poly1305,
            Some("AesCtrHmacAeadKey") => return Self::read_ctr_hmac(value),
            _ => {
                let name: String = type_name(url).chars().filter(|c| !c.is_control()).take(100).collect();
                return Err(format!(
                    "is of the type {name:?}, and the supported ones are AesGcmKey, AesGcmSivKey, AesCtrHmacAeadKey, \
                     ChaCha20Poly1305Key and XChaCha20Poly1305Key of {DOMAIN}{PACKAGE}"
                ));
            }
        };
        let message = Message::read(value).map_err(malformed)?;
        version_zero(&message)?;
        let key = message.bytes(key_field(suite)).map_err(malformed)?.unwrap_or_default();
        if !suite.takes_key(key.len()) {
            return Err(format!("has {} bytes, which no key of its type has", key.len()));
        }
        Ok(Self::Nonced(Nonced::new(suite, key)))
    }

    fn read_ctr_hmac(value: &[u8]) -> Result<Self, String> {
        let parts = || {
            let message = Message::read(value)?;
            Ok((message.message(2)?, message.message(3)?, message))
        };
        let (aes, hmac, message) = parts().map_err(|problem: Malformed| problem.to_string())?;
        version_zero(&message)?;
        version_zero(&aes)?;
        version_zero(&hmac)?;
        let read = || {
            let hash = Hash::of_number(hmac.message(2)?.number(1)?);
            let iv_size = aes.message(2)?.number(1)? as usize;
            let tag_size = hmac.message(2)?.number(2)? as usize;
            Ok((hash, iv_size, tag_size, aes.bytes(3)?.unwrap_or_default(), hmac.bytes(3)?.unwrap_or_default()))
        };
        let (hash, iv_size, tag_size, aes, mac) = read().map_err(|problem: Malformed| problem.to_string())?;
        let hash = hash.ok_or("has an unknown hash")?;
        Ok(Self::CtrHmac(CtrHmac::new(Params { iv_size, hash, tag_size }, aes, mac)?))
    }

    /// How many bytes longer than the value its ciphertext is.
    pub(super) fn overhead(&self) -> usize {
        match self {
            Self::Nonced(cipher) => cipher.overhead(),
            Self::CtrHmac(cipher) => cipher.overhead(),
        }
    }

    /// Appends the ciphertext of a value to `out`. `None` if the value is too long for the cipher.
    pub(super) fn seal(&self, entropy: &impl Entropy, value: &[u8], data: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Nonced(cipher) => cipher.seal(entropy, value, data, out),
            Self::CtrHmac(cipher) => cipher.seal(entropy, value, data, out),
        }
    }

    /// Decrypts a ciphertext; `None` if it was not made with this key and data.
    pub(super) fn open(&self, text: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Nonced(cipher) => cipher.open(text, data),
            Self::CtrHmac(cipher) => cipher.open(text, data),
        }
    }
}

/// The field of a key message with the key.
pub(super) fn key_field(suite: Suite) -> u64 {
    if suite == Suite::ChaCha20Poly1305 { 2 } else { 3 }
}

fn version_zero(message: &Message<'_>) -> Result<(), String> {
    match message.number(1) {
        Ok(0) => Ok(()),
        Ok(other) => Err(format!("has the version {other}, and 0 is known")),
        Err(problem) => Err(problem.to_string()),
    }
}
