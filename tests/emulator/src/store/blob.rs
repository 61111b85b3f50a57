//! A file that holds bytes of objects, and goes away with the last thing that refers to it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::body::Body;

/// A file of bytes. Copies of an object share it.
#[derive(Debug)]
pub(crate) struct Blob {
    name: String,
    path: PathBuf,
    /// How many stored records name this file. At none, the file is removed once the last reader is done with it.
    records: AtomicUsize,
}

impl Blob {
    /// Writes a body to a new file. It is complete before it has its name.
    pub(crate) fn write(folder: &Path, name: String, body: &Body) -> io::Result<Self> {
        let path = folder.join(&name);
        let draft = folder.join(format!("{name}.tmp"));
        let mut file = File::create(&draft)?;
        for segment in body.segments() {
            file.write_all(&segment.read()?)?;
        }
        drop(file);
        fs::rename(&draft, &path)?;
        Ok(Self { name, path, records: AtomicUsize::new(0) })
    }

    /// A file that is there already.
    pub(crate) fn existing(folder: &Path, name: String) -> Self {
        let path = folder.join(&name);
        Self { name, path, records: AtomicUsize::new(0) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn read(&self, offset: u64, len: u64) -> io::Result<Bytes> {
        let mut buffer = vec![0; len as usize];
        File::open(&self.path)?.read_exact_at(&mut buffer, offset)?;
        Ok(buffer.into())
    }

    pub(crate) fn retain(&self) {
        self.records.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn release(&self) {
        self.records.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if *self.records.get_mut() == 0
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a file that nothing refers to stays behind");
        }
    }
}
