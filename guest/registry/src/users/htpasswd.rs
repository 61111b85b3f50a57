//! Reads the lines of an htpasswd file.

use std::collections::BTreeMap;

use super::hash::PasswordHash;

/// The cost of the comparison for unknown users if the file has no hash: htpasswd's default.
const DEFAULT_COST: u32 = 5;

/// Users and the hashes of their passwords.
#[derive(Clone, Debug)]
pub struct Users {
    hashes: BTreeMap<String, PasswordHash>,
    /// The hash that is compared for an unknown user. It has the highest cost in the file, so that the time of a
    /// response does not reveal who exists if all hashes have the same cost.
    dummy: PasswordHash,
}

/// An error in a line. It does not contain the hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// The number of the line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl Users {
    /// Parses the lines. Empty lines and those that begin with `#` are skipped. If a user has two lines, the later one
    /// is used, as in distribution.
    ///
    /// # Errors
    /// If a line is not a user with a bcrypt hash.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut hashes = BTreeMap::new();
        for (line, entry) in text.lines().map(str::trim).enumerate().filter(|(_, entry)| !entry.is_empty()) {
            if entry.starts_with('#') {
                continue;
            }
            let wrong = |problem: String| LineError { line: line + 1, problem };
            let parts = entry.split_once(':').filter(|(user, _)| !user.is_empty());
            let (user, hash) = parts.ok_or_else(|| wrong("this is not a user, a colon and a hash".to_owned()))?;
            hashes.insert(user.to_owned(), PasswordHash::parse(hash).map_err(wrong)?);
        }
        let highest = hashes.values().map(PasswordHash::cost).max();
        Ok(Self { hashes, dummy: PasswordHash::zeros(highest.unwrap_or(DEFAULT_COST)) })
    }

    /// Whether there are no users.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Returns the hash to compare a user's password with, and whether the user exists: if not, the hash is a dummy and
    /// the password is wrong whatever the comparison says.
    pub fn hash_of(&self, user: &str) -> (&PasswordHash, bool) {
        self.hashes.get(user).map_or((&self.dummy, false), |hash| (hash, true))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = include_str!("../../tests/vectors/htpasswd");

    #[test]
    fn file_of_htpasswd_is_read_and_its_passwords_are_right() {
        let users = Users::parse(FILE).unwrap();
        assert_eq!(users.hashes.len(), 3);
        for (user, password) in [("ada", "correct horse"), ("bob", "pass:word"), ("zoë", "grüße")] {
            let (hash, is_known) = users.hash_of(user);
            assert!(is_known && hash.is_of(password), "{user}");
            assert!(!hash.is_of("other"), "{user}");
        }
    }

    #[test]
    fn unknown_user_is_compared_at_the_highest_cost_and_never_right() {
        let users = Users::parse(FILE).unwrap();
        let (hash, is_known) = users.hash_of("eve");
        assert!(!is_known);
        assert_eq!(hash.cost(), 5);
        assert!(!hash.is_of(""));
        assert_eq!(Users::parse("").unwrap().hash_of("eve").0.cost(), DEFAULT_COST);
    }

    #[test]
    fn other_hashes_are_refused_by_line_without_the_hash() {
        for (hash, kind) in [
            ("$apr1$57t0Xbie$zuIkIer1Uc5B3tyBv8D3f.", "this is MD5"),
            ("{SHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=", "this is SHA-1"),
            ("aQj8lY0fwmgh2", "this is crypt, plain text or unknown"),
            ("$5$39qgvqqS1t/nWb4I$q/QVKS7NSfKZMtvsw3cOeBVVhL/nncw8zsl81D.kMs1", "this is SHA-2"),
            ("$2x$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..", "the broken variant"),
            ("$2y$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4", "a damaged bcrypt hash"),
            ("$2y$31$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..", "the cost of this bcrypt hash is 31"),
        ] {
            let error = Users::parse(&format!("# users\n\nx:{hash}\n")).unwrap_err().to_string();
            assert!(error.starts_with("line 3: ") && error.contains(kind), "{error}");
            assert!(!error.contains(&hash[hash.len() - 8..]), "{error}");
        }
        assert_eq!(Users::parse("ada\n").unwrap_err().to_string(), "line 1: this is not a user, a colon and a hash");
        assert!(Users::parse(":$2y$04$oO3PrLJJBUVi6Cv3jyu7IuWzZZivirLWUG9MO6FeMmDVAFE/Rg4..").is_err());
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "(\\PC|\n|:|\\$2y\\$){0,80}") {
            let _ = Users::parse(&text);
        }
    }
}
