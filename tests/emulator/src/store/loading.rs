//! Reading the folder of a bucket. Nothing in it changes before the folders of all buckets were read; then, in a pass of
//! its own, [`Chores::run`] sets aside what could not be read and removes what nothing names.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::blob::Blob;
use super::damage::{DataError, SetAside, UNREADABLE};
use super::disk::{BODIES, BUCKET, Folder, OBJECTS, UPLOADS, upload_name, version_name};
use super::files::{DRAFT, with_suffix};
use super::object::Version;
use super::record::{BucketRecord, UploadChange, UploadRecord, VersionChange, VersionRecord};
use super::upload::Upload;

/// Everything a folder holds.
#[derive(Default)]
pub(super) struct Contents {
    /// In the order in which they were made.
    pub(super) versions: Vec<(String, Version)>,
    pub(super) uploads: Vec<Upload>,
    pub(super) chores: Chores,
}

/// What is to be done in a folder once everything has loaded.
#[derive(Default)]
pub(super) struct Chores {
    bad: Vec<SetAside>,
    /// Records whose last line was cut, or has no end, and what they are to hold.
    cut: Vec<(PathBuf, Vec<u8>)>,
    /// Drafts, and records that newer ones replaced.
    pub(super) useless: Vec<PathBuf>,
    bodies: Vec<(PathBuf, Arc<Blob>)>,
    /// Whether a record was set aside, now or earlier: nobody knows which bodies it names.
    doubt: bool,
}

/// The record of a bucket. There is no bucket without it, so a bad one is an error.
pub(super) fn bucket(root: &Path) -> Result<BucketRecord, DataError> {
    let path = root.join(BUCKET);
    let bytes = fs::read(&path).map_err(|source| DataError::file("read", &path, source))?;
    serde_json::from_slice(&bytes).map_err(|error| DataError::BucketRecord { path, reason: error.to_string() })
}

/// Reads every record.
pub(super) fn contents(folder: &Folder) -> Result<Contents, DataError> {
    let mut contents = Contents::default();
    let blobs = blobs(folder, &mut contents.chores)?;
    let find = |name: &str, end: u64| match blobs.get(name) {
        Some((blob, len)) if *len >= end => Ok(blob.clone()),
        Some((_, len)) => Err(format!("bodies/{name} has {len} bytes, and {end} are needed")),
        None => Err(format!("bodies/{name} is missing")),
    };
    let mut versions = BTreeMap::new();
    for path in records(&folder.root.join(OBJECTS), &mut contents.chores)? {
        let read = read::<VersionRecord, VersionChange>(&path, &mut contents.chores)?;
        let Some((record, changes)) = read else { continue };
        if name_of(&path) != version_name(record.sequence) {
            contents.chores.set_aside(&path, "its name is not that of its version".into());
            continue;
        }
        versions.insert(record.sequence, (path, record, changes));
    }
    // The newest of an id counts: a power cut may leave the one that it replaced, whose bytes may be gone.
    let newest: HashMap<(String, String), u64> = versions
        .iter()
        .map(|(sequence, (_, record, _))| ((record.key.clone(), record.id.clone()), *sequence))
        .collect();
    for (sequence, (path, record, changes)) in versions {
        let key = record.key.clone();
        if newest.get(&(key.clone(), record.id.clone())) != Some(&sequence) {
            contents.chores.useless.push(path);
            continue;
        }
        match record.restore(changes, &find) {
            Ok(version) => contents.versions.push((key, version)),
            Err(reason) => contents.chores.set_aside(&path, reason),
        }
    }
    for path in records(&folder.root.join(UPLOADS), &mut contents.chores)? {
        let read = read::<UploadRecord, UploadChange>(&path, &mut contents.chores)?;
        let Some((record, changes)) = read else { continue };
        let named = name_of(&path) == upload_name(&record.id);
        match record.restore(changes, &find) {
            Ok(upload) if named => contents.uploads.push(upload),
            Ok(_) => contents.chores.set_aside(&path, "its name is not that of its upload".into()),
            Err(reason) => contents.chores.set_aside(&path, reason),
        }
    }
    Ok(contents)
}

type Blobs = HashMap<String, (Arc<Blob>, u64)>;

fn blobs(folder: &Folder, chores: &mut Chores) -> Result<Blobs, DataError> {
    let mut blobs = HashMap::new();
    for path in listed(folder.bodies.folder())? {
        let told = path.symlink_metadata().map_err(|source| DataError::file("look at", &path, source))?;
        let adopted = folder.bodies.adopt(&name_of(&path), told.len()).filter(|_| told.is_file());
        match adopted {
            Some(blob) => {
                chores.bodies.push((path.clone(), blob.clone()));
                blobs.insert(name_of(&path), (blob, told.len()));
            }
            None => stray(&path),
        }
    }
    Ok(blobs)
}

/// The records in a folder. What else is there is none of ours, and stays.
fn records(folder: &Path, chores: &mut Chores) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    for path in listed(folder)? {
        let told = path.symlink_metadata().map_err(|source| DataError::file("look at", &path, source))?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") if told.is_file() => found.push(path),
            Some(DRAFT) if told.is_file() => chores.useless.push(path),
            Some(UNREADABLE) => chores.doubt = true,
            _ => stray(&path),
        }
    }
    Ok(found)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    match read() {
        Ok(mut paths) => {
            paths.sort();
            Ok(paths)
        }
        // Some copies leave empty folders out.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(DataError::file("list", folder, source)),
    }
}

pub(super) fn stray(path: &Path) {
    tracing::warn!(path = %path.display(), "this is none of the emulator's files; it stays as it is");
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads a record and its changes; nothing if it is to be set aside.
fn read<T: DeserializeOwned, C: DeserializeOwned>(
    path: &Path,
    chores: &mut Chores,
) -> Result<Option<(T, Vec<C>)>, DataError> {
    let bytes = fs::read(path).map_err(|source| DataError::file("read", path, source))?;
    match parse(&bytes) {
        Ok((record, changes, used)) => {
            if let Some(whole) = used {
                chores.cut.push((path.to_owned(), whole));
            }
            Ok(Some((record, changes)))
        }
        Err(reason) => {
            chores.set_aside(path, reason);
            Ok(None)
        }
    }
}

/// A record, its changes, and what the file is to hold if its last line has no end.
type Parsed<T, C> = (T, Vec<C>, Option<Vec<u8>>);

fn parse<T: DeserializeOwned, C: DeserializeOwned>(bytes: &[u8]) -> Result<Parsed<T, C>, String> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Behind the last line feed there is nothing, or a change that was never answered for.
    let rest = lines.pop().unwrap_or_default();
    let (first, changes) = match lines.split_first() {
        Some((first, changes)) => (*first, changes),
        None => (rest, &[][..]),
    };
    let record = serde_json::from_slice(first).map_err(|error| error.to_string())?;
    let mut read = Vec::with_capacity(changes.len());
    for (number, change) in (2..).zip(changes) {
        read.push(serde_json::from_slice(change).map_err(|error| format!("line {number}: {error}"))?);
    }
    if rest.is_empty() {
        return Ok((record, read, None));
    }
    let mut whole = [&[first][..], changes].concat().join(&b'\n');
    whole.push(b'\n');
    Ok((record, read, Some(whole)))
}

impl Chores {
    fn set_aside(&mut self, path: &Path, reason: String) {
        self.doubt = true;
        self.bad.push(SetAside { path: path.to_owned(), reason });
    }

    /// Whether records lie here that were set aside.
    pub(super) fn doubt(&self) -> bool {
        self.doubt
    }

    /// Does what is to be done, and tells what was set aside and where it is now.
    pub(super) fn run(self, folder: &Folder) -> Result<Vec<SetAside>, DataError> {
        for name in [OBJECTS, UPLOADS, BODIES] {
            let path = folder.root.join(name);
            match folder.files.make_folder(&path) {
                Err(source) if source.kind() != ErrorKind::AlreadyExists => {
                    return Err(DataError::file("make", &path, source));
                }
                _ => {}
            }
        }
        folder
            .files
            .settle_folder(&folder.root)
            .map_err(|source| DataError::file("synchronise", &folder.root, source))?;
        let mut told = Vec::with_capacity(self.bad.len());
        for bad in self.bad {
            let mut aside = with_suffix(&bad.path, &format!(".{UNREADABLE}"));
            for number in 2.. {
                if aside.symlink_metadata().is_err() {
                    break;
                }
                aside = with_suffix(&bad.path, &format!(".{number}.{UNREADABLE}"));
            }
            folder.files.rename(&bad.path, &aside).map_err(|source| DataError::file("set aside", &bad.path, source))?;
            tracing::error!(record = %aside.display(), reason = bad.reason, "a record cannot be read and was set aside");
            told.push(SetAside { path: aside, reason: bad.reason });
        }
        for (path, whole) in self.cut {
            tracing::warn!(record = %path.display(), "the end of a record was cut off, as a power cut does; it is mended");
            folder.files.replace(&path, &whole).map_err(|source| DataError::file("mend", &path, source))?;
        }
        for path in self.useless {
            folder.files.discard(&path).map_err(|source| DataError::file("remove", &path, source))?;
        }
        for (path, blob) in self.bodies {
            if blob.is_named() {
                continue;
            }
            if self.doubt {
                tracing::warn!(path = %path.display(), "no record names this file; a record that was set aside may");
                continue;
            }
            folder.files.discard(&path).map_err(|source| DataError::file("remove", &path, source))?;
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Parsed<u32, u32>, String> {
        parse(text.as_bytes())
    }

    #[test]
    fn a_line_without_an_end_was_never_answered_for() {
        assert_eq!(parsed("1\n2\n3\n"), Ok((1, vec![2, 3], None)));
        assert_eq!(parsed("1\n2\n3"), Ok((1, vec![2], Some(b"1\n2\n".to_vec()))));
        assert_eq!(parsed("1\n2\n\0\0"), Ok((1, vec![2], Some(b"1\n2\n".to_vec()))));
        // Records of the first format have no line feed, and are whole: they were renamed into place.
        assert_eq!(parsed("1"), Ok((1, vec![], Some(b"1\n".to_vec()))));
        assert!(parsed("").is_err() && parsed("{").is_err() && parsed("1\nx\n3\n").is_err());
    }
}
