//! The folder of a bucket that holds the bytes of its objects and parts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blob::{Blob, Draft};
use super::body::{Body, Segment};
use super::files::Files;

/// Where the files of bytes are.
#[derive(Debug)]
pub(super) struct Bodies {
    folder: PathBuf,
    files: Files,
    next: AtomicU64,
}

impl Bodies {
    pub(super) fn new(folder: PathBuf, files: Files) -> Self {
        Self { folder, files, next: AtomicU64::new(0) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new file to write to.
    pub(super) fn begin(&self) -> io::Result<Draft> {
        let name = format!("{:016x}", self.next.fetch_add(1, Ordering::SeqCst));
        Draft::create(&self.folder, name, self.files.clone())
    }

    /// A file that is there already, if its name is one of ours.
    pub(super) fn adopt(&self, name: &str, len: u64) -> Option<Arc<Blob>> {
        let number = u64::from_str_radix(name, 16).ok().filter(|number| format!("{number:016x}") == name)?;
        self.next.fetch_max(number + 1, Ordering::SeqCst);
        Some(Arc::new(Blob::existing(&self.folder, name.to_owned(), self.files.clone(), len)))
    }

    /// Moves what of a body is in memory to a file.
    pub(super) fn store(&self, body: &Body) -> io::Result<Body> {
        if body.segments().iter().all(|segment| matches!(segment, Segment::File { .. })) {
            return Ok(body.clone());
        }
        let mut draft = self.begin()?;
        for segment in body.segments() {
            draft.write(&segment.read()?)?;
        }
        let mut stored = Body::default();
        stored.push(draft.finish()?);
        Ok(stored)
    }

    /// Stores what is appended to a body: a short piece goes to the end of the body's last file, if that is free.
    pub(super) fn extend(&self, body: &Body, piece: &Body) -> io::Result<Body> {
        if let ([Segment::Memory(bytes)], Some(Segment::File { blob, offset, len })) =
            (piece.segments(), body.segments().last())
            && let Some(segment) = blob.extend(*offset, *len, bytes)?
        {
            let mut stored = Body::default();
            stored.push(segment);
            return Ok(stored);
        }
        self.store(piece)
    }
}
