//! Comparison of passwords.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::file::Content;
use crate::auth::error::AuthError;
use crate::auth::text_file::{self, WatchedFile};

/// Compares passwords with the hashes of a file.
#[derive(Debug)]
pub(crate) struct Verifier {
    file: WatchedFile<Content>,
    /// Since when it has been there, from which it counts for how long a password is remembered.
    started: Instant,
    /// Bounds how many hashes are computed at once.
    permits: Arc<Semaphore>,
}

impl Verifier {
    /// Reads the file.
    pub fn open(path: PathBuf) -> Result<Self, AuthError> {
        // A hash keeps one processor busy: more of them would take the processors from everything else and end no sooner.
        let at_once = thread::available_parallelism().map_or(1, |count| count.get().div_ceil(2));
        let file = text_file::open(path, Content::parse)?;
        Ok(Self { file, started: Instant::now(), permits: Arc::new(Semaphore::new(at_once)) })
    }

    /// Whether this is the user's password. For a user who is not in the file it takes as long as for one who is.
    pub async fn verify(&self, user: &str, password: Zeroizing<String>) -> bool {
        let content = self.file.current().await;
        let mac = content.remembered().mac(user, &password);
        if content.remembered().contains(mac, self.started.elapsed()) {
            return true;
        }
        let Ok(permit) = self.permits.clone().acquire_owned().await else { return false };
        // A client sends several requests at once: the first of them may just have found out.
        if content.remembered().contains(mac, self.started.elapsed()) {
            return true;
        }
        let (hash, is_known) = content.users.hash_of(user);
        let hash = hash.clone();
        let comparison = tokio::task::spawn_blocking(move || {
            // Held here, since the comparison goes on if the request is given up.
            let _permit = permit;
            hash.is_of(&password)
        });
        let is_right = match comparison.await {
            Ok(is_equal) => is_equal && is_known,
            Err(error) => {
                tracing::error!(%error, "the comparison of a password did not end");
                false
            }
        };
        if is_right {
            content.remembered().insert(mac, self.started.elapsed());
        }
        is_right
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    /// Of the cost 10: some 60 ms with optimisation and more without, which can be told from a look at what is remembered.
    const SECRET: &str = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";
    const OLD: &str = "$2y$04$abcdefghijklmnopqrstuu3C6u2sQjFttrT16nmXgxlk/de0mfCmu";
    const NEW: &str = "$2y$04$abcdefghijklmnopqrstuusf96eeUQLgQWR72RBesvIE8CjOJNM9O";

    async fn is_right(verifier: &Verifier, user: &str, password: &str) -> bool {
        verifier.verify(user, Zeroizing::new(password.to_owned())).await
    }

    #[tokio::test]
    async fn right_password_is_right_and_compared_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, format!("ada:{SECRET}")).unwrap();
        let verifier = Verifier::open(path).unwrap();
        let timed = async |user: &str, password: &str| {
            let start = Instant::now();
            (is_right(&verifier, user, password).await, start.elapsed())
        };
        let (first, took) = timed("ada", "secret").await;
        assert!(first);
        let (again, took_again) = timed("ada", "secret").await;
        assert!(again && took_again < took / 4, "{took:?}, then {took_again:?}");
        let (wrong, took_wrong) = timed("ada", "other").await;
        let (unknown, took_unknown) = timed("eve", "secret").await;
        assert!(!wrong && !unknown);
        assert!(took_unknown > took_wrong / 4, "{took_wrong:?} for a user, {took_unknown:?} for an unknown one");
        let (wrong_again, took_wrong) = timed("ada", "other").await;
        assert!(!wrong_again && took_wrong > took / 4, "a wrong password is not remembered");
    }

    #[tokio::test]
    async fn change_of_the_file_makes_it_forget() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, format!("ada:{OLD}")).unwrap();
        let verifier = Verifier::open(path.clone()).unwrap();
        assert!(is_right(&verifier, "ada", "old").await);
        // Another length: the time may be the same.
        fs::write(&path, format!("ada:{NEW}\n\n")).unwrap();
        // So long the file is not looked at again.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!is_right(&verifier, "ada", "old").await);
        assert!(is_right(&verifier, "ada", "new").await);
    }
}
