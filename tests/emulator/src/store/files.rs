//! Changes of files that last: what has returned has reached the disk, so that it survives a power cut.
//!
//! Every change of a data folder goes through here, so there is one place that synchronises, one that cuts back what was
//! written in part, and one that a test can watch.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Handle, RuntimeFlavor};

#[cfg(test)]
use super::power_cut_tests::{Event, Trace};

/// How files are changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// Whether changes are synchronised before they return.
    sync: bool,
    /// A change failed and could not be undone, so nobody knows what the disk holds.
    broken: Arc<AtomicBool>,
    #[cfg(test)]
    pub(super) trace: Trace,
}

/// What the name of a file ends with while it is written.
pub(super) const DRAFT: &str = "tmp";

impl Files {
    pub(super) fn new(sync: bool) -> Self {
        Self { sync, ..Self::default() }
    }

    /// Writes a whole file in place of the one of that name, if any: a reader finds either the old one or the new one.
    pub(super) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(|| {
            let draft = path.with_extension(DRAFT);
            let written = File::create(&draft).and_then(|mut file| {
                file.write_all(bytes)?;
                self.wrote(&draft, 0, bytes);
                self.sync_file(&file, &draft)
            });
            if let Err(error) = written.and_then(|()| fs::rename(&draft, path)) {
                // The draft is no use to anybody; the next start removes it if this fails.
                drop(fs::remove_file(&draft));
                return Err(error);
            }
            self.renamed(&draft, path);
            self.sync_folder_of(path)
        })
    }

    /// Adds a line to the end of a file. A failure leaves the file as it was.
    pub(super) fn extend(&self, path: &Path, line: &[u8]) -> io::Result<()> {
        self.change(|| {
            let mut file = OpenOptions::new().append(true).open(path)?;
            let before = file.metadata()?.len();
            let written = file.write_all(line).and_then(|()| {
                self.wrote(path, before, line);
                self.sync_file(&file, path)
            });
            if written.is_err() && file.set_len(before).is_err() {
                // The next line would be glued to what is left of this one.
                self.broken.store(true, Ordering::SeqCst);
            }
            written
        })
    }

    /// Makes a file that is not there yet.
    pub(super) fn create(&self, path: &Path) -> io::Result<File> {
        self.change(|| {
            let file = OpenOptions::new().write(true).create_new(true).open(path)?;
            self.wrote(path, 0, b"");
            Ok(file)
        })
    }

    /// Writes bytes at a place, which do not last before [`Files::settle`].
    pub(super) fn write_at(&self, file: &File, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|| {
            file.write_all_at(bytes, offset)?;
            self.wrote(path, offset, bytes);
            Ok(())
        })
    }

    /// Makes what was written to a file last, and its name if it is new.
    pub(super) fn settle(&self, file: &File, path: &Path, new: bool) -> io::Result<()> {
        self.change(|| {
            self.sync_file(file, path)?;
            if new { self.sync_folder_of(path) } else { Ok(()) }
        })
    }

    /// Removes a file for good.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(|| {
            self.unlink(path)?;
            self.sync_folder_of(path)
        })
    }

    /// Removes a file that a power cut may bring back without harm.
    pub(super) fn discard(&self, path: &Path) -> io::Result<()> {
        self.unlink(path)
    }

    /// Makes a folder that is not there yet, whose name lasts once its parent is synchronised.
    pub(super) fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.change(|| {
            fs::create_dir(path)?;
            #[cfg(test)]
            self.trace.push(|| Event::Made(path.to_owned()));
            Ok(())
        })
    }

    /// Gives a file or a folder another name in the same folder, for good.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|| {
            fs::rename(from, to)?;
            self.renamed(from, to);
            self.sync_folder_of(to)
        })
    }

    /// Makes the names in a folder last.
    pub(super) fn settle_folder(&self, folder: &Path) -> io::Result<()> {
        self.change(|| self.sync_folder(folder))
    }

    /// Runs a change, which waits for the disk: on a runtime with several threads the others go on meanwhile.
    fn change<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("an earlier failure could not be undone; start the emulator again"));
        }
        let several = Handle::try_current().is_ok_and(|now| now.runtime_flavor() == RuntimeFlavor::MultiThread);
        if several { tokio::task::block_in_place(work) } else { work() }
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)?;
        #[cfg(test)]
        self.trace.push(|| Event::Removed(path.to_owned()));
        Ok(())
    }

    fn sync_file(&self, file: &File, _path: &Path) -> io::Result<()> {
        if self.sync {
            file.sync_data()?;
            #[cfg(test)]
            self.trace.push(|| Event::SyncedFile(_path.to_owned()));
        }
        Ok(())
    }

    fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(folder) => self.sync_folder(folder),
            None => Ok(()),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if self.sync {
            File::open(folder)?.sync_all()?;
            #[cfg(test)]
            self.trace.push(|| Event::SyncedFolder(folder.to_owned()));
        }
        Ok(())
    }

    fn wrote(&self, _path: &Path, _offset: u64, _bytes: &[u8]) {
        #[cfg(test)]
        self.trace.push(|| Event::Wrote(_path.to_owned(), _offset, _bytes.to_vec()));
    }

    fn renamed(&self, _from: &Path, _to: &Path) {
        #[cfg(test)]
        self.trace.push(|| Event::Renamed(_from.to_owned(), _to.to_owned()));
    }
}

/// A path with something added to its last name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
