//! A file that holds bytes of objects, and goes away with the last thing that refers to it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;

use super::body::Segment;
use super::files::Files;

/// A file of bytes. Copies of an object share it.
#[derive(Debug)]
pub(crate) struct Blob {
    name: String,
    path: PathBuf,
    files: Files,
    /// How many stored records name this file.
    records: AtomicUsize,
    /// Whether the file goes away with the last reader: no record names it any more, or none has yet.
    doomed: AtomicBool,
    /// How many bytes the file has, which is where the next ones go.
    end: AtomicU64,
}

impl Blob {
    /// A file that is there already. It stays, whatever becomes of this value, until a record lets go of it.
    pub(super) fn existing(folder: &Path, name: String, files: Files, end: u64) -> Self {
        let path = folder.join(&name);
        let (records, doomed) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { name, path, files, records, doomed, end: AtomicU64::new(end) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn read(&self, offset: u64, len: u64) -> io::Result<Bytes> {
        let mut buffer = vec![0; len as usize];
        File::open(&self.path)?.read_exact_at(&mut buffer, offset)?;
        Ok(buffer.into())
    }

    /// A record names the file from now on.
    pub(super) fn retain(&self) {
        self.records.fetch_add(1, Ordering::SeqCst);
        self.doomed.store(false, Ordering::SeqCst);
    }

    /// A record that named the file is gone.
    pub(super) fn release(&self) {
        if self.records.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.doomed.store(true, Ordering::SeqCst);
        }
    }

    pub(super) fn is_named(&self) -> bool {
        self.records.load(Ordering::SeqCst) > 0
    }

    /// Adds bytes to a segment that reaches to the end of the file; nothing if it does not. They last.
    pub(super) fn extend(self: &Arc<Self>, offset: u64, len: u64, bytes: &[u8]) -> io::Result<Option<Segment>> {
        let (start, added) = (offset + len, bytes.len() as u64);
        // Whoever moves the end owns the bytes up to the new one: another object may share what stands before.
        if self.end.compare_exchange(start, start + added, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return Ok(None);
        }
        let file = OpenOptions::new().write(true).open(&self.path)?;
        self.files.write_at(&file, &self.path, start, bytes)?;
        self.files.settle(&file, &self.path, false)?;
        Ok(Some(Segment::File { blob: self.clone(), offset: start, len: added }))
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if *self.doomed.get_mut()
            && let Err(error) = self.files.discard(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a file that nothing refers to stays behind");
        }
    }
}

/// A file that is being written, and goes away unless it is finished and a record names it.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    blob: Blob,
}

impl Draft {
    pub(super) fn create(folder: &Path, name: String, files: Files) -> io::Result<Self> {
        let path = folder.join(&name);
        let file = files.create(&path)?;
        let (records, doomed, end) = (AtomicUsize::new(0), AtomicBool::new(true), AtomicU64::new(0));
        Ok(Self { file, blob: Blob { name, path, files, records, doomed, end } })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.blob.end.get_mut();
        self.blob.files.write_at(&self.file, &self.blob.path, *end, bytes)?;
        *end += bytes.len() as u64;
        Ok(())
    }

    /// Makes the file last.
    pub(super) fn finish(mut self) -> io::Result<Segment> {
        self.blob.files.settle(&self.file, &self.blob.path, true)?;
        let len = *self.blob.end.get_mut();
        Ok(Segment::File { blob: Arc::new(self.blob), offset: 0, len })
    }
}
