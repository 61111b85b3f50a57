//! Bcrypt hashes of passwords.

use std::fmt;

use base64::Engine as _;
use bcrypt::BASE_64;
use ctutils::CtEq;
use zeroize::Zeroizing;

/// The lowest cost that bcrypt allows.
const LOWEST_COST: u32 = 4;

/// The highest cost that htpasswd writes. A comparison then takes ten seconds, and each further step would double that.
const HIGHEST_COST: u32 = 17;

/// How many bytes of a password bcrypt uses.
const PASSWORD_BYTES: usize = 72;

/// The length of a stored hash, which is a byte shorter than the computed one.
const HASH_BYTES: usize = 23;

/// How many characters the 16 bytes of a salt have in bcrypt's base64.
const SALT_CHARACTERS: usize = 22;

/// A bcrypt hash.
#[derive(Clone)]
pub struct PasswordHash {
    cost: u32,
    salt: [u8; 16],
    hash: [u8; HASH_BYTES],
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// Names the kind of a hash that is not a bcrypt hash, by its beginning.
fn other_kind(hash: &str) -> &'static str {
    match hash {
        _ if hash.starts_with("$apr1$") => "MD5 (htpasswd -m)",
        _ if hash.starts_with("{SHA}") => "SHA-1 (htpasswd -s)",
        _ if hash.starts_with("$5$") || hash.starts_with("$6$") => "SHA-2 (htpasswd -2 or -5)",
        _ if hash.starts_with("$2x$") => "bcrypt of the broken variant 2x",
        _ if hash.starts_with("$2") => "a damaged bcrypt hash",
        _ => "crypt, plain text or unknown",
    }
}

impl PasswordHash {
    /// Parses a hash as htpasswd writes it.
    ///
    /// # Errors
    /// Describes what is wrong, without the hash.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let kind = || format!("only bcrypt is supported, and this is {}: use htpasswd -B", other_kind(text));
        let rest = ["$2y$", "$2a$", "$2b$"].iter().find_map(|prefix| text.strip_prefix(prefix)).ok_or_else(kind)?;
        let hash = Self::parse_after_variant(rest).ok_or_else(kind)?;
        if (LOWEST_COST..=HIGHEST_COST).contains(&hash.cost) {
            return Ok(hash);
        }
        let cost = hash.cost;
        Err(format!("the cost of this bcrypt hash is {cost}, and {LOWEST_COST} to {HIGHEST_COST} are supported"))
    }

    fn parse_after_variant(text: &str) -> Option<Self> {
        let (cost, rest) = text.split_once('$')?;
        let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|_| is_number)?;
        let (salt_text, hash_text) = rest.split_at_checked(SALT_CHARACTERS)?;
        let (mut salt, mut hash) = ([0; 16], [0; HASH_BYTES]);
        let lengths =
            (BASE_64.decode_slice(salt_text, &mut salt).ok()?, BASE_64.decode_slice(hash_text, &mut hash).ok()?);
        (lengths == (salt.len(), hash.len())).then_some(Self { cost, salt, hash })
    }

    /// A hash of zeros, which is compared at this cost if there is no other hash.
    pub(super) fn zeros(cost: u32) -> Self {
        Self { cost, salt: [0; 16], hash: [0; HASH_BYTES] }
    }

    /// The cost. Each step doubles the time of a comparison.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Whether this is the password's hash. The time does not depend on how much of it matches.
    pub fn is_of(&self, password: &str) -> bool {
        let mut bytes = Zeroizing::new([0; PASSWORD_BYTES]);
        for (target, byte) in bytes.iter_mut().zip(password.bytes()) {
            *target = byte;
        }
        // The password ends with a zero byte if there is room for it.
        let length = PASSWORD_BYTES.min(password.len().saturating_add(1));
        let Some(key) = bytes.get(..length) else { return false };
        let computed = bcrypt::bcrypt(self.cost, self.salt, key);
        computed.first_chunk::<HASH_BYTES>().is_some_and(|computed| computed.ct_eq(&self.hash).to_bool())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From bcrypt's test vectors and from libxcrypt.
    #[test]
    fn passwords_are_those_that_others_hashed() {
        let long = "x".repeat(71);
        for (password, hash) in [
            ("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
            ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
            ("secret", "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u"),
            ("grüße", "$2y$04$Ox9oXft8L3T8IrvkQvqTKuyXF.3JgGBBKLFGS/mHWhWCfas1UKeam"),
            (&*format!("{long}y"), LONG),
            (&*format!("{long}yz"), LONG),
        ] {
            let hash = PasswordHash::parse(hash).unwrap();
            assert!(hash.is_of(password), "{password}");
            assert!(!hash.is_of(&format!("{password}!")) || password.len() >= PASSWORD_BYTES, "{password}");
            assert!(!hash.is_of(&format!("!{password}")), "{password}");
        }
    }

    /// The hash of 71 times `x` and a `y`.
    const LONG: &str = "$2b$04$abcdefghijklmnopqrstuu.5skbTx2BS4jj.FAhPbN7I9dDGDUUN2";

    #[test]
    fn debug_shows_no_hash() {
        let hash = PasswordHash::parse("$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u").unwrap();
        assert_eq!(format!("{hash:?}"), "PasswordHash { cost: 10, .. }");
    }
}
