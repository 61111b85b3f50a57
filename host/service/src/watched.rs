//! Files that are read again after they have changed.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Mutex;

/// How long what was read counts without a look at the files: short beside the time in which somebody who edits one expects an
/// effect, and long beside a request.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What tells one content of a file from another. `None` if the file can't be looked at.
pub(crate) type Stamp = Option<(Option<SystemTime>, u64)>;

type Load<T, E> = dyn Fn() -> Result<T, E> + Send + Sync;

/// A value that was made of files. If one of them becomes unreadable or wrong, what was read last stays in force, and the
/// problem is logged: a file that is just being written must not lock everybody out.
pub(crate) struct Watched<T, E> {
    files: Vec<PathBuf>,
    load: Arc<Load<T, E>>,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: Arc<T>,
    stamps: Vec<Stamp>,
    looked_at: Instant,
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

/// What tells the contents of files from others.
pub(crate) fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|path| stamp(path)).collect()
}

impl<T: Send + Sync + 'static, E: Error + Send + 'static> Watched<T, E> {
    /// Reads the files, which `load` reads too.
    pub fn open(files: Vec<PathBuf>, load: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Result<Self, E> {
        // Before the files are read: a change in between is then found at the next look.
        let stamps = stamps(&files);
        let value = Arc::new(load()?);
        let state = Mutex::new(State { value, stamps, looked_at: Instant::now() });
        Ok(Self { files, load: Arc::new(load), state })
    }

    /// What the files say by now.
    pub async fn current(&self) -> Arc<T> {
        self.current_at(Instant::now()).await
    }

    async fn current_at(&self, now: Instant) -> Arc<T> {
        let mut state = self.state.lock().await;
        if now.saturating_duration_since(state.looked_at) < LOOK_EVERY {
            return state.value.clone();
        }
        let (files, load, known) = (self.files.clone(), self.load.clone(), state.stamps.clone());
        // A file system may be slow.
        let look = tokio::task::spawn_blocking(move || {
            let found = stamps(&files);
            let changed = (found != known).then(|| load());
            (found, changed)
        });
        match look.await {
            Ok((_, None)) => {}
            Ok((found, Some(result))) => {
                state.stamps = found;
                match result {
                    Ok(value) => state.value = Arc::new(value),
                    Err(error) => tracing::error!(%error, "what was read before the file changed stays in force"),
                }
            }
            Err(error) => tracing::error!(%error, files = ?self.files, "can't look at the files"),
        }
        state.looked_at = now;
        state.value.clone()
    }
}

impl<T, E> fmt::Debug for Watched<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in them may be secret.
        f.debug_struct("Watched").field("files", &self.files).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<Watched<u32, std::io::Error>, std::io::Error> {
        let read = path.to_owned();
        Watched::open(vec![path.to_owned()], move || {
            fs::read_to_string(&read)?.trim().parse().map_err(|_| std::io::Error::other("not a number"))
        })
    }

    #[tokio::test]
    async fn change_takes_effect_within_a_second_and_a_wrong_file_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "1").unwrap();
        let file = open(&path).unwrap();
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
        assert_eq!(open(&path).unwrap_err().kind(), std::io::ErrorKind::NotFound);
        fs::write(&path, "x").unwrap();
        assert_eq!(open(&path).unwrap_err().to_string(), "not a number");
    }
}
