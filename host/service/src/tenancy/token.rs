//! Bearer tokens.

use std::fmt;

use ctutils::CtEq;
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

/// What a token begins with, so that programs that look for secrets find it.
const PREFIX: &str = "ossicle_";

/// Bytes of a token's id: two of a million tokens have one id with a chance of 3 in a hundred million.
const ID_BYTES: usize = 8;

/// Random bytes of a token.
const SECRET_BYTES: usize = 32;

/// The name of a token. It stands in the token, in the config and in logs, and is no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TokenId(String);

/// The SHA-256 of a token. Its secret part has 256 random bits, which nobody finds by trying: a slow hash or a salt, as
/// passwords need, would protect nothing more and cost each request.
#[derive(Clone, Copy)]
pub(super) struct TokenHash([u8; 32]);

/// Text that can't be the id or the hash of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The id.
    #[error("id: must be 16 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Id,
    /// The hash.
    #[error("sha256: must be 64 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Hash,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoEntropy,
}

/// A token that was just made.
pub struct NewToken {
    /// The token, which is shown once.
    pub text: Zeroizing<String>,
    /// Its id in the config.
    pub id: String,
    /// Its hash in the config.
    pub sha256: String,
}

impl TokenId {
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let is_id = text.len() == 2 * ID_BYTES && is_hexadecimal(text);
        is_id.then(|| Self(text.to_owned())).ok_or(TokenError::Id)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl TokenHash {
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if !is_hexadecimal(text) {
            return Err(TokenError::Hash);
        }
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(TokenError::Hash)
    }

    fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Whether it is this token's, in a time that does not depend on the bytes.
    pub fn is_of(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::of(token).0).to_bool()
    }

    /// Whether two are the same, which is no secret of a config's reader.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// The id that a presented token names.
pub(super) fn id_of(token: &str) -> Option<TokenId> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let is_secret = secret.len() == 2 * SECRET_BYTES && is_hexadecimal(secret);
    TokenId::parse(id).ok().filter(|_| is_secret)
}

impl NewToken {
    /// Draws one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn draw() -> Result<Self, TokenError> {
        let mut bytes = Zeroizing::new([0; ID_BYTES + SECRET_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| TokenError::NoEntropy)?;
        let (id, secret) = bytes.split_at(ID_BYTES);
        let (id, secret) = (HEXLOWER.encode(id), Zeroizing::new(HEXLOWER.encode(secret)));
        let text = Zeroizing::new([PREFIX, &id, "_", &secret].concat());
        let sha256 = HEXLOWER.encode(&TokenHash::of(&text).0);
        Ok(Self { text, id, sha256 })
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_known_by_its_hash_alone() {
        let (token, other) = (NewToken::draw().unwrap(), NewToken::draw().unwrap());
        assert_ne!(*token.text, *other.text);
        let id = id_of(&token.text).unwrap();
        assert_eq!(id.as_str(), token.id);
        let hash = TokenHash::parse(&token.sha256).unwrap();
        assert!(hash.is_of(&token.text) && !hash.is_of(&other.text));
        // Another secret under the same id.
        let forged = token.text.replace(token.text.rsplit('_').next().unwrap(), &"0".repeat(64));
        assert_eq!(id_of(&forged), Some(id));
        assert!(!hash.is_of(&forged));
        let shown = format!("{token:?} {hash:?}");
        assert!(!shown.contains(token.text.rsplit('_').next().unwrap()) && !shown.contains(&token.sha256), "{shown}");
    }

    #[test]
    fn other_text_is_no_token() {
        let secret = "0".repeat(64);
        for text in ["", "ossicle_", "ossicle_0123456789abcdef", &format!("0123456789abcdef_{secret}")] {
            assert_eq!(id_of(text), None, "{text}");
        }
        for (id, secret) in
            [("0123456789abcde", secret.as_str()), ("0123456789ABCDEF", &secret), ("0123456789abcdef", "00")]
        {
            assert_eq!(id_of(&format!("ossicle_{id}_{secret}")), None);
        }
        assert!(TokenHash::parse(&"g".repeat(64)).is_err() && TokenHash::parse(&"0".repeat(63)).is_err());
    }
}
