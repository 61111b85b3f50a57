//! The thread that writes the access log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::settings::{AccessLogError, AccessLogSettings, LogFormat, LogTarget};

/// How many lines wait for the writer, at some 200 bytes each: what a busy registry logs in a few seconds.
const WAITING: usize = 10_000;

/// How often the writer looks whether its file was moved away.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Of how many lost lines the next is told.
const TOLD_OF_LOST: u64 = 1000;

/// The access log. Clones write to the same. A line never waits: if the writer is behind by too many, lines are lost, which
/// is counted and logged.
#[derive(Clone, Debug)]
pub struct AccessLog {
    format: LogFormat,
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

/// A file that is opened again when another one has its path.
struct LogFile {
    path: PathBuf,
    file: File,
    looked_at: Instant,
}

enum Output {
    Stdout,
    File(LogFile),
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let here = identity(fs::metadata(path));
    here.is_some() && here == identity(file.metadata())
}

#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> bool {
    path.exists()
}

impl Output {
    fn write(&mut self, lines: &str) -> io::Result<()> {
        match self {
            Self::Stdout => io::stdout().lock().write_all(lines.as_bytes()),
            Self::File(log) => {
                if log.looked_at.elapsed() >= LOOK_EVERY {
                    log.looked_at = Instant::now();
                    if !is_same(&log.file, &log.path) {
                        log.file = open(&log.path)?;
                    }
                }
                log.file.write_all(lines.as_bytes())
            }
        }
    }
}

/// Writes what comes, together what has come together, until all senders are gone.
fn run(mut output: Output, waiting: &Receiver<String>, lost: &AtomicU64) {
    let mut is_failing = false;
    while let Ok(mut lines) = waiting.recv() {
        let mut count = 1;
        let is_over = loop {
            match waiting.try_recv() {
                Ok(line) if count < WAITING => {
                    lines.push_str(&line);
                    count += 1;
                }
                Ok(line) => {
                    lines.push_str(&line);
                    break false;
                }
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        match output.write(&lines) {
            Ok(()) => is_failing = false,
            Err(error) => {
                lost.fetch_add(count as u64, Relaxed);
                if !is_failing {
                    tracing::error!(%error, "the access log can't be written");
                }
                is_failing = true;
            }
        }
        if is_over {
            return;
        }
    }
}

impl AccessLog {
    /// Opens the log and starts its thread.
    ///
    /// # Errors
    /// If the file can't be opened or there is no thread.
    pub fn open(settings: AccessLogSettings) -> Result<Self, AccessLogError> {
        let output = match settings.target {
            LogTarget::Stdout => Output::Stdout,
            LogTarget::File(path) => {
                let opened = open(&path).map_err(|source| AccessLogError::Unopened { path: path.clone(), source });
                Output::File(LogFile { path, file: opened?, looked_at: Instant::now() })
            }
        };
        let (lines, waiting) = sync_channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        let builder = thread::Builder::new().name("access-log".to_owned());
        builder.spawn(move || run(output, &waiting, &counted)).map_err(AccessLogError::NoThread)?;
        Ok(Self { format: settings.format, lines, lost })
    }

    /// How many lines were lost, for metrics.
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    pub(super) fn format(&self) -> LogFormat {
        self.format
    }

    /// Has a line written.
    pub(super) fn write(&self, line: String) {
        if self.lines.try_send(line).is_err() {
            let before = self.lost.fetch_add(1, Relaxed);
            if before.is_multiple_of(TOLD_OF_LOST) {
                tracing::error!(lost = before + 1, "lines of the access log are lost: it can't be written fast enough");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(path: &Path, expected: &str) {
        let begun = Instant::now();
        while fs::read_to_string(path).unwrap_or_default() != expected {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", fs::read_to_string(path));
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn lines_are_appended_and_a_moved_file_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        fs::write(&path, "before\n").unwrap();
        let target = LogTarget::File(path.clone());
        let log = AccessLog::open(AccessLogSettings { target, ..AccessLogSettings::default() }).unwrap();
        log.write("one\n".to_owned());
        log.write("two\n".to_owned());
        wait_for(&path, "before\none\ntwo\n");
        let moved = folder.path().join("access.log.1");
        fs::rename(&path, &moved).unwrap();
        thread::sleep(LOOK_EVERY);
        log.write("three\n".to_owned());
        wait_for(&path, "three\n");
        wait_for(&moved, "before\none\ntwo\n");
        assert_eq!(log.lost(), 0);
    }

    #[test]
    fn line_beyond_those_that_wait_is_lost_and_counted_and_nobody_waits() {
        let (lines, waiting) = sync_channel(1);
        let log = AccessLog { format: LogFormat::Common, lines, lost: Arc::default() };
        log.write("kept\n".to_owned());
        log.write("lost\n".to_owned());
        assert_eq!((log.lost(), waiting.recv().unwrap().as_str()), (1, "kept\n"));
    }

    #[test]
    fn file_that_cannot_be_opened_is_an_error_with_its_path() {
        let target = LogTarget::File("/nowhere/access.log".into());
        let error = AccessLog::open(AccessLogSettings { target, ..AccessLogSettings::default() }).unwrap_err();
        assert!(error.to_string().starts_with("can't open the access log /nowhere/access.log: "), "{error}");
    }
}
