//! A file that is read again after it has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Mutex;

use super::error::AuthError;

/// How long what was read counts without a look at the file: short beside the time in which somebody who edits it expects an
/// effect, and long beside a request.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What tells one content of a file from another.
type Stamp = (Option<SystemTime>, u64);

type Parse<T> = fn(&Path, &str) -> Result<T, AuthError>;

/// A file and what was parsed of it. If the file becomes unreadable or wrong, what was read last stays in force, and the
/// problem is logged: a file that is just being written must not lock everybody out.
#[derive(Debug)]
pub(super) struct WatchedFile<T> {
    path: PathBuf,
    parse: Parse<T>,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: Arc<T>,
    /// `None` if the file could not be looked at.
    stamp: Option<Stamp>,
    looked_at: Instant,
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

fn read<T>(path: &Path, parse: Parse<T>) -> Result<T, AuthError> {
    let text = fs::read_to_string(path).map_err(|source| AuthError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

impl<T: Send + Sync + 'static> WatchedFile<T> {
    /// Reads the file.
    pub fn open(path: PathBuf, parse: Parse<T>) -> Result<Self, AuthError> {
        // Before the file is read: a change in between is then found at the next look.
        let stamp = stamp(&path);
        let value = Arc::new(read(&path, parse)?);
        let state = Mutex::new(State { value, stamp, looked_at: Instant::now() });
        Ok(Self { path, parse, state })
    }

    /// What the file says by now.
    pub async fn current(&self) -> Arc<T> {
        self.current_at(Instant::now()).await
    }

    async fn current_at(&self, now: Instant) -> Arc<T> {
        let mut state = self.state.lock().await;
        if now.saturating_duration_since(state.looked_at) < LOOK_EVERY {
            return state.value.clone();
        }
        let (path, parse, known) = (self.path.clone(), self.parse, state.stamp);
        // A file system may be slow.
        let look = tokio::task::spawn_blocking(move || {
            let found = stamp(&path);
            (found, (found != known).then(|| read(&path, parse)))
        });
        match look.await {
            Ok((_, None)) => {}
            Ok((found, Some(result))) => {
                state.stamp = found;
                match result {
                    Ok(value) => state.value = Arc::new(value),
                    Err(error) => tracing::error!(%error, "what was read before the file changed stays in force"),
                }
            }
            Err(error) => tracing::error!(%error, path = %self.path.display(), "can't look at the file"),
        }
        state.looked_at = now;
        state.value.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(path: &Path, text: &str) -> Result<u32, AuthError> {
        let problem = |_| AuthError::File { path: path.to_owned(), problem: "this is not a number".to_owned() };
        text.trim().parse().map_err(problem)
    }

    #[tokio::test]
    async fn change_takes_effect_within_a_second_and_a_wrong_file_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "1").unwrap();
        let file = WatchedFile::open(path.clone(), number).unwrap();
        let mut now = Instant::now();
        let mut expect = async |later: Duration, expected: u32| {
            now += later;
            let value = file.current_at(now).await;
            assert_eq!(*value, expected);
            value
        };
        let kept = expect(Duration::ZERO, 1).await;
        assert!(Arc::ptr_eq(&kept, &expect(LOOK_EVERY, 1).await), "an unchanged file is not parsed again");
        // Other lengths: the times may be the same.
        fs::write(&path, "22").unwrap();
        expect(LOOK_EVERY - Duration::from_millis(1), 1).await;
        expect(Duration::from_millis(1), 22).await;
        fs::write(&path, "wrong").unwrap();
        expect(LOOK_EVERY, 22).await;
        fs::remove_file(&path).unwrap();
        expect(LOOK_EVERY, 22).await;
        fs::write(&path, "3").unwrap();
        expect(LOOK_EVERY, 3).await;
    }

    #[test]
    fn file_that_is_missing_or_wrong_at_the_start_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let error = WatchedFile::open(path.clone(), number).unwrap_err();
        assert!(matches!(error, AuthError::Unreadable { .. }), "{error}");
        fs::write(&path, "x").unwrap();
        let error = WatchedFile::open(path.clone(), number).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: this is not a number", path.display()));
    }
}
