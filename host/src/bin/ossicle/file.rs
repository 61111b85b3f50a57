//! A file that is whole at any time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Writes a file: beside it first, then renamed over it. One that is there keeps its permissions; a new one is its
/// owner's only. A link is followed, and what is no file, such as `/dev/stdout` or a pipe, is written into.
pub fn write(path: &Path, value: &[u8]) -> io::Result<()> {
    let there = match fs::metadata(path) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if there.as_ref().is_some_and(|found| !found.is_file() && !found.is_dir()) {
        return OpenOptions::new().write(true).open(path)?.write_all(value);
    }
    let target = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if there.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let beside = beside(folder, value)?;
    if let Some(there) = there {
        beside.as_file().set_permissions(there.permissions())?;
    }
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file in place of one that is there, as [`write`] does, but it is its owner's only whatever that was.
pub fn write_private(path: &Path, value: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let beside = beside(target.parent().unwrap_or(Path::new(".")), value)?;
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file that is not there yet, for its owner only.
pub fn create_private(path: &Path, value: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = beside(folder, value)?;
    beside.as_file().sync_all()?;
    beside.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file of another name in the folder, which only its owner can read and which goes away unless it is kept.
fn beside(folder: &Path, value: &[u8]) -> io::Result<NamedTempFile> {
    let mut beside = Builder::new().prefix(".ossicle-").tempfile_in(folder)?;
    beside.write_all(value)?;
    Ok(beside)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn a_new_file_is_private_and_an_old_one_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old, link) = (folder.path().join("new"), folder.path().join("old"), folder.path().join("link"));
        write(&new, b"key").unwrap();
        assert_eq!(fs::metadata(&new).unwrap().mode() & 0o777, 0o600);

        fs::write(&old, b"before").unwrap();
        fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("old", &link).unwrap();
        write(&link, b"after").unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"after");
        assert_eq!(fs::metadata(&old).unwrap().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        assert!(write(folder.path(), b"x").is_err());
        assert!(write(&folder.path().join("no/such"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left beside");
    }
}
