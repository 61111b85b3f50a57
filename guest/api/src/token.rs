//! Bearer tokens, with which servers of the API authenticate the senders of requests.
//!
//! A token consists of `ossicle_`, its id, `_` and its secret. A server stores only the id and the hash of each token.

use std::fmt;

use ctutils::CtEq;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::refusal::Refusal;

/// The beginning of every token, by which programs that search for leaked secrets recognise it.
pub const PREFIX: &str = "ossicle_";

/// The number of bytes in a token's id: the probability that any two of a million tokens have the same id is 3 in a
/// hundred million.
pub const ID_BYTES: usize = 8;

/// The number of random bytes in a token's secret.
pub const SECRET_BYTES: usize = 32;

/// The id of a token. It is in the token, in configs and in logs, and is not secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenId(String);

/// The SHA-256 of a token. The secret has 256 random bits, which can't be guessed: a slow hash or a salt, which
/// passwords need, would not protect it better and would make each request slower.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

/// An error in the text of the id or the hash of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The id is malformed.
    #[error("id: must be 16 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Id,
    /// The hash is malformed.
    #[error("sha256: must be 64 lower-case hexadecimal digits, as `ossicle serve token` prints them")]
    Hash,
}

impl TokenId {
    /// Parses an id.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let is_id = text.len() == 2 * ID_BYTES && is_hexadecimal(text);
        is_id.then(|| Self(text.to_owned())).ok_or(TokenError::Id)
    }

    /// The id in a token; `None` if the text is not a token.
    pub fn of(token: &str) -> Option<Self> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        let is_secret = secret.len() == 2 * SECRET_BYTES && is_hexadecimal(secret);
        Self::parse(id).ok().filter(|_| is_secret)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl TokenHash {
    /// Parses a hash.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let mut hash = [0; 32];
        if text.len() != 2 * hash.len() || !is_hexadecimal(text) {
            return Err(TokenError::Hash);
        }
        for (index, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).ok_or(TokenError::Hash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| TokenError::Hash)?;
        }
        Ok(Self(hash))
    }

    /// Computes the hash of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether this is the hash of a token. The time does not depend on the bytes.
    pub fn is_of(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::of(token).0).to_bool()
    }

    /// Whether two hashes are equal. The time may depend on the bytes, because both come from a config.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The hash as text for a config.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// The token in a request; `None` if the request has no credentials.
///
/// # Errors
/// [`Refusal::Unknown`] if the credentials are not a bearer token, or there are several `Authorization` headers, of which
/// whatever stands before this service may heed another one.
pub fn presented(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::Unknown);
    }
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
    fn token_is_read_from_a_bearer_authorization() {
        let presented_by = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, http::HeaderValue::from_static(value));
            }
            presented(&headers).map(|token| token.map(str::to_owned))
        };
        assert_eq!(presented_by(&[]), Ok(None));
        assert_eq!(presented_by(&["bearer  x "]), Ok(Some("x".to_owned())));
        for refused in [&["Basic x"] as &[_], &["x"], &["Bearer x", "Bearer y"], &["Bearer x", "Bearer x"]] {
            assert_eq!(presented_by(refused), Err(Refusal::Unknown), "{refused:?}");
        }
    }
}
