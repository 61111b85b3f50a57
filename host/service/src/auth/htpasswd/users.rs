//! The content of an htpasswd file.

use std::collections::HashMap;
use std::path::Path;

use bcrypt::HashParts;

use super::remembered::Remembered;
use crate::auth::error::AuthError;

/// The highest cost that htpasswd writes. A password then takes ten seconds already; each step more doubles it.
const HIGHEST_COST: u32 = 17;

/// The cost for unknown users if the file has none to compare with: htpasswd's default.
const DEFAULT_COST: u32 = 5;

/// The users of an htpasswd file, and whose passwords were right. A file that has changed makes new ones, so that nothing is
/// remembered of an earlier content.
#[derive(Debug)]
pub(super) struct Users {
    hashes: HashMap<String, String>,
    /// The hash that is compared for an unknown user, so that it takes as long as the slowest user does.
    dummy: String,
    /// Whose passwords were right.
    pub remembered: Remembered,
}

/// What a hash is called that is not bcrypt's, by how it begins.
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

fn check(hash: &str) -> Result<u32, String> {
    let kind = || format!("only bcrypt is supported, and this is {}: use htpasswd -B", other_kind(hash));
    if !["$2y$", "$2a$", "$2b$"].iter().any(|prefix| hash.starts_with(prefix)) {
        return Err(kind());
    }
    let cost = hash.parse::<HashParts>().map_err(|_| kind())?.get_cost();
    if (4..=HIGHEST_COST).contains(&cost) {
        return Ok(cost);
    }
    Err(format!("the cost of this bcrypt hash is {cost}, and 4 to {HIGHEST_COST} are supported"))
}

impl Users {
    /// Parses a file. Empty lines and those that begin with `#` are skipped; of two lines for a user the latter counts, as
    /// in distribution.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let mut hashes = HashMap::new();
        let mut highest = None;
        for (line, entry) in text.lines().map(str::trim).enumerate().filter(|(_, entry)| !entry.is_empty()) {
            if entry.starts_with('#') {
                continue;
            }
            let wrong = |problem: String| AuthError::Line { path: path.to_owned(), line: line + 1, problem };
            let parts = entry.split_once(':').filter(|(user, _)| !user.is_empty());
            let (user, hash) = parts.ok_or_else(|| wrong("this is not a user, a colon and a hash".to_owned()))?;
            highest = highest.max(Some(check(hash).map_err(wrong)?));
            hashes.insert(user.to_owned(), hash.to_owned());
        }
        // A salt and a hash of zeros.
        let dummy = format!("$2y${:02}${}", highest.unwrap_or(DEFAULT_COST), ".".repeat(22 + 31));
        Ok(Self { hashes, dummy, remembered: Remembered::new()? })
    }

    /// The hash to compare a user's password with, and whether it can be right.
    pub fn hash_of(&self, user: &str) -> (&str, bool) {
        self.hashes.get(user).map_or((&self.dummy, false), |hash| (hash, true))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = include_str!("../../../tests/vectors/htpasswd");

    fn parse(text: &str) -> Result<Users, AuthError> {
        Users::parse(Path::new("users"), text)
    }

    #[test]
    fn file_of_htpasswd_is_read_and_its_passwords_are_right() {
        let users = parse(FILE).unwrap();
        assert_eq!(users.hashes.len(), 3);
        for (user, password) in [("ada", "correct horse"), ("bob", "pass:word"), ("zoë", "grüße")] {
            let (hash, is_known) = users.hash_of(user);
            assert!(is_known && bcrypt::verify(password, hash).unwrap(), "{user}");
            assert!(!bcrypt::verify("other", hash).unwrap(), "{user}");
        }
    }

    #[test]
    fn unknown_user_is_compared_at_the_highest_cost_and_never_right() {
        let users = parse(FILE).unwrap();
        let (hash, is_known) = users.hash_of("eve");
        assert!(!is_known);
        assert_eq!(hash.parse::<HashParts>().unwrap().get_cost(), 5);
        assert!(!bcrypt::verify("", hash).unwrap());
        assert_eq!(parse("").unwrap().hash_of("eve").0.parse::<HashParts>().unwrap().get_cost(), DEFAULT_COST);
    }

    #[test]
    fn other_hashes_are_refused_by_file_and_line_without_the_hash() {
        for (hash, kind) in [
            ("$apr1$57t0Xbie$zuIkIer1Uc5B3tyBv8D3f.", "this is MD5"),
            ("{SHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=", "this is SHA-1"),
            ("aQj8lY0fwmgh2", "this is crypt, plain text or unknown"),
            ("$5$39qgvqqS1t/nWb4I$q/QVKS7NSfKZMtvsw3cOeBVVhL/nncw8zsl81D.kMs1", "this is SHA-2"),
            ("$2x$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..", "the broken variant"),
            ("$2y$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4", "a damaged bcrypt hash"),
            ("$2y$31$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..", "the cost of this bcrypt hash is 31"),
        ] {
            let error = parse(&format!("# users\n\nx:{hash}\n")).unwrap_err().to_string();
            assert!(error.starts_with("users, line 3: ") && error.contains(kind), "{error}");
            assert!(!error.contains(&hash[hash.len() - 8..]), "{error}");
        }
        assert_eq!(parse("ada\n").unwrap_err().to_string(), "users, line 1: this is not a user, a colon and a hash");
        assert!(parse(":$2y$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..").is_err());
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "(\\PC|\n|:|\\$2y\\$){0,80}") {
            let _ = parse(&text);
        }
    }
}
