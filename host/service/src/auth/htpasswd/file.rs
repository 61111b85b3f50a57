//! The content of an htpasswd file.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ossicle_registry::users::{KEY_BYTES, Users, VerifiedCredentials};

use crate::auth::error::AuthError;

/// The users of an htpasswd file, and whose passwords were right. A file that has changed makes new ones, so that nothing is
/// remembered of an earlier content.
#[derive(Debug)]
pub(super) struct Content {
    pub users: Users,
    remembered: Mutex<VerifiedCredentials>,
}

impl Content {
    /// Parses a file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, AuthError> {
        let users = Users::parse(text).map_err(|error| AuthError::Line {
            path: path.to_owned(),
            line: error.line,
            problem: error.problem,
        })?;
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|_| AuthError::Entropy)?;
        Ok(Self { users, remembered: Mutex::new(VerifiedCredentials::new(key)) })
    }

    /// Whose passwords were right.
    pub fn remembered(&self) -> MutexGuard<'_, VerifiedCredentials> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_the_file_and_the_line() {
        let error = Content::parse(Path::new("users"), "# users\n\nada\n").unwrap_err().to_string();
        assert_eq!(error, "users, line 3: this is not a user, a colon and a hash");
    }

    #[test]
    fn key_is_another_one_each_time() {
        let [one, other] = [(); 2].map(|()| Content::parse(Path::new("users"), "").unwrap());
        let mac = one.remembered().mac("ada", "secret");
        other.remembered().insert(mac, std::time::Duration::ZERO);
        let own = other.remembered().mac("ada", "secret");
        assert!(!other.remembered().contains(own, std::time::Duration::ZERO));
    }
}
