//! Opening a data folder: locked, its format known, every bucket read before anything in it changes.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Common;
use super::accounts::ACCOUNTS_FILE;
use super::bucket::Bucket;
use super::damage::{DataError, SetAside};
use super::disk::{BUCKET, DELETED, Folder, NEW, remove_leftover};
use super::files::Files;
use super::loading;
use crate::names;

/// A data folder that this process, and no other, uses.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    pub(super) files: Files,
    /// Locked as long as it is open.
    _lock: File,
}

/// What a data folder held.
pub(super) struct Opened {
    pub(super) buckets: BTreeMap<String, Arc<Bucket>>,
    pub(super) set_aside: Vec<SetAside>,
}

/// The file that says how the others are written.
const FORMAT_FILE: &str = "format.json";
/// The file that is locked. Its name is not one of a bucket, and it is never removed: whoever waits for its lock would then have that of another file.
const LOCK_FILE: &str = "emulator.lock";
/// 1 had every part of an upload and every append in one line, and no file that says so.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Format {
    format: u32,
}

impl Root {
    /// Takes a folder, which is made if it is not there.
    pub(super) fn take(path: PathBuf, files: Files) -> Result<Self, DataError> {
        fs::create_dir_all(&path).map_err(|source| DataError::file("make", &path, source))?;
        let lock_path = path.join(LOCK_FILE);
        let lock = File::options().write(true).create(true).truncate(false).open(&lock_path);
        let lock = lock.map_err(|source| DataError::file("open", &lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(DataError::file("lock", &lock_path, source)),
        }
        let root = Self { path, files, _lock: lock };
        root.check_format()?;
        Ok(root)
    }

    fn check_format(&self) -> Result<(), DataError> {
        let path = self.path.join(FORMAT_FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(DataError::file("read", &path, source)),
        };
        if let Some(bytes) = bytes {
            let told = serde_json::from_slice::<Format>(&bytes);
            let told = told.map_err(|error| DataError::file("read", &path, error.into()))?;
            if told.format > FORMAT {
                return Err(DataError::Later { path, format: told.format, known: FORMAT });
            }
            if told.format == FORMAT {
                return Ok(());
            }
        }
        let bytes = serde_json::to_vec(&Format { format: FORMAT });
        let written = bytes.map_err(std::io::Error::from).and_then(|bytes| self.files.replace(&path, &bytes));
        written.map_err(|source| DataError::file("write", &path, source))
    }

    /// Reads every bucket, and only then changes anything.
    pub(super) fn open(&self, common: &Arc<Common>) -> Result<Opened, DataError> {
        let mut read = Vec::new();
        let mut leftover = Vec::new();
        for path in self.entries()? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let of_bucket = |suffix| name.strip_suffix(suffix).is_some_and(names::is_bucket);
            if of_bucket(NEW) || of_bucket(DELETED) {
                leftover.push(path);
            } else if path.join(BUCKET).symlink_metadata().is_ok() {
                let record = loading::bucket(&path)?;
                if record.name != name {
                    tracing::warn!(path = %path.display(), bucket = record.name, "a copy of a bucket's folder is not read");
                    continue;
                }
                let folder = Folder::at(path, self.files.clone());
                read.push(Bucket::load(folder, record, common.clone())?);
            } else if ![LOCK_FILE, FORMAT_FILE, ACCOUNTS_FILE].contains(&name.as_str()) {
                loading::stray(&path);
            }
        }
        let mut opened = Opened { buckets: BTreeMap::new(), set_aside: Vec::new() };
        for (bucket, chores) in read {
            if let Some(folder) = &bucket.folder {
                opened.set_aside.extend(chores.run(folder)?);
            }
            opened.buckets.insert(bucket.name().to_owned(), Arc::new(bucket));
        }
        for path in leftover {
            remove_leftover(&path).map_err(|source| DataError::file("remove", &path, source))?;
        }
        Ok(opened)
    }

    fn entries(&self) -> Result<Vec<PathBuf>, DataError> {
        let read =
            |path: &Path| fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
        let mut entries = read(&self.path).map_err(|source| DataError::file("list", &self.path, source))?;
        entries.sort();
        Ok(entries)
    }
}
