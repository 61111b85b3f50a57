//! A new bearer token.

use std::fmt;

use data_encoding::HEXLOWER;
use ossicle_api::token::{ID_BYTES, PREFIX, SECRET_BYTES, TokenHash};
use zeroize::Zeroizing;

/// A token that was just made.
pub struct NewToken {
    /// The token, which is shown once.
    pub text: Zeroizing<String>,
    /// Its id in the config.
    pub id: String,
    /// Its hash in the config.
    pub sha256: String,
}

impl NewToken {
    /// Draws one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; ID_BYTES + SECRET_BYTES]);
        getrandom::fill(bytes.as_mut_slice())?;
        let (id, secret) = bytes.split_at(ID_BYTES);
        let (id, secret) = (HEXLOWER.encode(id), Zeroizing::new(HEXLOWER.encode(secret)));
        let text = Zeroizing::new([PREFIX, &id, "_", &secret].concat());
        let sha256 = TokenHash::of(&text).to_text();
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
    use ossicle_api::token::TokenId;

    use super::*;

    #[test]
    fn each_token_is_another_and_its_secret_is_not_shown() {
        let (token, other) = (NewToken::draw().unwrap(), NewToken::draw().unwrap());
        assert_ne!(*token.text, *other.text);
        assert_eq!(TokenId::of(&token.text).unwrap().as_str(), token.id);
        let hash = TokenHash::parse(&token.sha256).unwrap();
        assert!(hash.is_of(&token.text) && !hash.is_of(&other.text));
        let shown = format!("{token:?}");
        assert!(!shown.contains(token.text.rsplit('_').next().unwrap()) && !shown.contains(&token.sha256), "{shown}");
    }
}
