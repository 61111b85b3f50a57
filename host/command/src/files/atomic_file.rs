//! A file that is whole at any time.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// A file that is being written: beside where it belongs, and renamed over it at the end. One that is there keeps its
/// permissions and its owner, or is refused; a new one is its owner's only. A link is followed, and what is no file, such as
/// `/dev/stdout` or a pipe, is written into. Dropped before its end it leaves nothing.
pub struct AtomicFile(Kind);

enum Kind {
    Beside { file: NamedTempFile, target: PathBuf, permissions: Option<Permissions> },
    Into(File),
}

impl AtomicFile {
    /// Begins it.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let there = match fs::metadata(path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if there.as_ref().is_some_and(|found| !found.is_file() && !found.is_dir()) {
            return Ok(Self(Kind::Into(OpenOptions::new().write(true).open(path)?)));
        }
        let target = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let file = temporary(folder)?;
        if let Some(there) = &there {
            keep_owner(file.as_file(), there)?;
        }
        Ok(Self(Kind::Beside { file, permissions: there.map(|there| there.permissions()), target }))
    }

    /// Puts it in its place.
    pub fn finish(self) -> io::Result<()> {
        let Kind::Beside { file, target, permissions } = self.0 else { return Ok(()) };
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Beside { file, .. } => file.as_file_mut().write(bytes),
            Kind::Into(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Beside { file, .. } => file.as_file_mut().flush(),
            Kind::Into(file) => file.flush(),
        }
    }
}

/// Writes a file as a whole.
pub fn write(path: &Path, value: &[u8]) -> io::Result<()> {
    let mut atomic_file = AtomicFile::begin(path)?;
    atomic_file.write_all(value)?;
    atomic_file.finish()
}

/// Writes a file in place of one that is there, as [`write()`] does, but only its owner can read it whatever that was.
pub fn write_private(path: &Path, value: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let beside = beside(target.parent().unwrap_or(Path::new(".")), value)?;
    keep_owner(beside.as_file(), &fs::metadata(&target)?)?;
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
    let mut beside = temporary(folder)?;
    beside.as_file_mut().write_all(value)?;
    Ok(beside)
}

/// An empty one. Its name is nobody's concern, so an error does not have it: that of `tempfile_in` would.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(".ossicle-").make_in(folder, |path| {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    })
}

/// Gives a file that takes another's place the owner and group of that. Only root can give a file away: for everybody else
/// to go on would be to take the file from its owner, who might not even be able to read it afterwards.
#[cfg(unix)]
fn keep_owner(file: &File, replaced: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = file.metadata()?;
    let (user, group) = (replaced.uid(), replaced.gid());
    if (now.uid(), now.gid()) == (user, group) {
        return Ok(());
    }
    fchown(file, Some(user), Some(group)).map_err(|error| {
        let reason = format!("it belongs to the user {user} and the group {group}, and would not any more: {error}");
        io::Error::new(error.kind(), reason)
    })
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
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

    /// Who is not root can give no file away, and has none of another user to begin with.
    #[test]
    fn what_root_replaces_stays_its_owners_3_3() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for write in [write as fn(&Path, &[u8]) -> io::Result<()>, write_private] {
            fs::write(&path, b"before").unwrap();
            std::os::unix::fs::chown(&path, Some(4711), Some(4712)).unwrap();
            write(&path, b"after").unwrap();
            let found = fs::metadata(&path).unwrap();
            assert_eq!((found.uid(), found.gid()), (4711, 4712));
            assert_eq!(fs::read(&path).unwrap(), b"after");
        }
    }
}
