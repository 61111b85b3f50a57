//! Bearer tokens, by which servers of the API know who sends a request.
//!
//! A token is `ossicle_`, its id, `_` and its secret. Whoever knows tokens keeps the ids with the hashes alone.

use std::fmt;

use ctutils::CtEq;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::refusal::Refusal;

/// What a token begins with, so that programs that look for secrets find it.
pub const PREFIX: &str = "ossicle_";

/// Bytes of a token's id: two of a million tokens have one id with a chance of 3 in a hundred million.
pub const ID_BYTES: usize = 8;

/// Random bytes of a token.
pub const SECRET_BYTES: usize = 32;

/// The name of a token. It stands in the token, in configs and in logs, and is no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenId(String);

/// The SHA-256 of a token. Its secret part has 256 random bits, which nobody finds by trying: a slow hash or a salt, as
/// passwords need, would protect nothing more and cost each request.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

/// Text that can't be the id or the hash of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The id.
    #[error("id: must be 16 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Id,
    /// The hash.
    #[error("sha256: must be 64 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Hash,
}

impl TokenId {
    /// Reads an id.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let is_id = text.len() == 2 * ID_BYTES && is_hexadecimal(text);
        is_id.then(|| Self(text.to_owned())).ok_or(TokenError::Id)
    }

    /// The id that a token names.
    pub fn of(token: &str) -> Option<Self> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        let is_secret = secret.len() == 2 * SECRET_BYTES && is_hexadecimal(secret);
        Self::parse(id).ok().filter(|_| is_secret)
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl TokenHash {
    /// Reads a hash.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let mut hash = [0; 32];
        if text.len() != 2 * hash.len() || !is_hexadecimal(text) {
            return Err(TokenError::Hash);
        }
        for (place, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * place..2 * place + 2).ok_or(TokenError::Hash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| TokenError::Hash)?;
        }
        Ok(Self(hash))
    }

    /// That of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether it is this token's, in a time that does not depend on the bytes.
    pub fn is_of(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::of(token).0).to_bool()
    }

    /// Whether two are the same, which is no secret of a config's reader.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Its digits, for a config.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// The token that a request presents; `None` where it has no credentials.
///
/// # Errors
/// [`Refusal::Unknown`] where its credentials are no token.
pub fn presented(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
    let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    token.map(Some).ok_or(Refusal::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: char, secret: char) -> String {
        format!("{PREFIX}{}_{}", id.to_string().repeat(2 * ID_BYTES), secret.to_string().repeat(2 * SECRET_BYTES))
    }

    #[test]
    fn token_is_known_by_its_hash_alone() {
        let (one, other, forged) = (token('a', '0'), token('b', '0'), token('a', '1'));
        let id = TokenId::of(&one).unwrap();
        assert_eq!(id.as_str(), "a".repeat(16));
        assert_eq!(TokenId::of(&forged), Some(id), "another secret under the same id");
        let hash = TokenHash::parse(&TokenHash::of(&one).to_text()).unwrap();
        assert!(hash.is_of(&one) && !hash.is_of(&other) && !hash.is_of(&forged));
        assert!(hash.is_same(&TokenHash::of(&one)) && !hash.is_same(&TokenHash::of(&other)));
        assert!(!format!("{hash:?}").contains(&hash.to_text()));
    }

    #[test]
    fn other_text_is_no_token() {
        let secret = "0".repeat(64);
        for text in ["", "ossicle_", "ossicle_0123456789abcdef", &format!("0123456789abcdef_{secret}")] {
            assert_eq!(TokenId::of(text), None, "{text}");
        }
        for (id, secret) in
            [("0123456789abcde", secret.as_str()), ("0123456789ABCDEF", &secret), ("0123456789abcdef", "00")]
        {
            assert_eq!(TokenId::of(&format!("ossicle_{id}_{secret}")), None);
        }
        for text in ["g".repeat(64), "0".repeat(63), "0".repeat(65), "F".repeat(64)] {
            assert!(TokenHash::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn token_is_presented_as_a_bearer_s() {
        let presented_by = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.extend(value.map(|value| (AUTHORIZATION, http::HeaderValue::from_static(value))));
            presented(&headers).map(|token| token.map(str::to_owned))
        };
        assert_eq!(presented_by(None), Ok(None));
        assert_eq!(presented_by(Some("bearer  x ")), Ok(Some("x".to_owned())));
        assert_eq!(presented_by(Some("Basic x")), Err(Refusal::Unknown));
        assert_eq!(presented_by(Some("x")), Err(Refusal::Unknown));
    }
}
