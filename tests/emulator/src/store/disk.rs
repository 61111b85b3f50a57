//! The folder of a bucket: one record per version and upload, one file per body.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::bodies::Bodies;
use super::body::{Body, Segment};
use super::files::Files;
use super::object::Version;
use super::record::{BucketRecord, UploadChange, UploadRecord, VersionChange, VersionRecord, count};
use super::upload::{Part, Upload};

/// Where a bucket keeps its things.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) root: PathBuf,
    pub(super) files: Files,
    pub(super) bodies: Arc<Bodies>,
}

/// The record of the bucket itself.
pub(super) const BUCKET: &str = "bucket.json";
pub(super) const OBJECTS: &str = "objects";
pub(super) const UPLOADS: &str = "uploads";
pub(super) const BODIES: &str = "bodies";

impl Folder {
    /// A bucket's folder, which is there.
    pub(super) fn at(root: PathBuf, files: Files) -> Self {
        let bodies = Arc::new(Bodies::new(root.join(BODIES), files.clone()));
        Self { root, files, bodies }
    }

    /// Makes the folder of a new bucket with its record. It has its name only when it is whole.
    pub(super) fn create(root: PathBuf, record: &BucketRecord, files: Files) -> io::Result<Self> {
        if root.symlink_metadata().is_ok() {
            let told = format!("{} is there already and holds no bucket's record; move it away", root.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, told));
        }
        let draft = super::files::with_suffix(&root, NEW);
        remove_leftover(&draft)?;
        files.make_folder(&draft)?;
        for name in [OBJECTS, UPLOADS, BODIES] {
            files.make_folder(&draft.join(name))?;
        }
        files.replace(&draft.join(BUCKET), &line(record)?)?;
        files.rename(&draft, &root)?;
        Ok(Self::at(root, files))
    }

    pub(super) fn save_bucket(&self, record: &BucketRecord) -> io::Result<()> {
        self.files.replace(&self.root.join(BUCKET), &line(record)?)
    }

    /// Removes the folder of a bucket that has nothing left in it.
    pub(super) fn delete(&self) -> io::Result<()> {
        let gone = super::files::with_suffix(&self.root, DELETED);
        remove_leftover(&gone)?;
        self.files.rename(&self.root, &gone)?;
        if let Err(error) = std::fs::remove_dir_all(&gone) {
            tracing::warn!(path = %gone.display(), %error, "a deleted bucket's folder stays until the next start");
        }
        Ok(())
    }

    pub(super) fn version(&self, sequence: u64) -> PathBuf {
        self.root.join(OBJECTS).join(version_name(sequence))
    }

    pub(super) fn upload(&self, id: &str) -> PathBuf {
        self.root.join(UPLOADS).join(upload_name(id))
    }

    /// Writes a version's record. `before` is what the record on disk says, if there is one.
    pub(super) fn save_version(&self, key: &str, version: &Version, before: Option<&Version>) -> io::Result<()> {
        self.files.replace(&self.version(version.sequence), &line(&VersionRecord::of(key, version))?)?;
        count_version(version, true);
        if let Some(before) = before {
            count_version(before, false);
        }
        Ok(())
    }

    /// Adds to a version's record that a piece, stored by [`Bodies::extend`], was appended.
    pub(super) fn save_append(
        &self,
        version: &Version,
        piece: &Body,
        etag: &str,
        crc64: u64,
        modified: i64,
    ) -> io::Result<()> {
        let change = VersionChange::append(piece, etag, crc64, modified);
        self.files.extend(&self.version(version.sequence), &line(&change)?)?;
        let last = version.content.as_ref().and_then(|content| content.body.segments().last());
        match (last, piece.segments()) {
            // Its file is counted already.
            (Some(Segment::File { blob, .. }), [Segment::File { blob: same, .. }]) if Arc::ptr_eq(blob, same) => {}
            _ => count(piece, true),
        }
        Ok(())
    }

    /// Removes a version's record: for good, or only by and by where a newer one of the same id stands in its place.
    pub(super) fn drop_version(&self, version: &Version, replaced: bool) -> io::Result<()> {
        let path = self.version(version.sequence);
        if replaced {
            self.files.discard(&path)?
        } else {
            self.files.remove(&path)?
        }
        count_version(version, false);
        Ok(())
    }

    /// Writes the record of an upload that begins.
    pub(super) fn save_upload(&self, upload: &Upload) -> io::Result<()> {
        self.files.replace(&self.upload(&upload.id), &line(&UploadRecord::of(upload))?)?;
        upload.parts.values().for_each(|part| count(&part.body, true));
        Ok(())
    }

    /// Adds a part to an upload's record, in place of `before`.
    pub(super) fn save_part(&self, id: &str, part: &Part, before: Option<&Part>) -> io::Result<()> {
        self.files.extend(&self.upload(id), &line(&UploadChange::part(part))?)?;
        count(&part.body, true);
        if let Some(before) = before {
            count(&before.body, false);
        }
        Ok(())
    }

    pub(super) fn drop_upload(&self, upload: &Upload) -> io::Result<()> {
        self.files.remove(&self.upload(&upload.id))?;
        upload.parts.values().for_each(|part| count(&part.body, false));
        Ok(())
    }
}

/// What the folder of a bucket is named with until it is whole.
pub(super) const NEW: &str = ".new";
/// What the folder of a bucket is named with once the bucket is deleted.
pub(super) const DELETED: &str = ".deleted";

/// Removes what an emulator left that ended while it made or deleted a bucket. Nothing in it was ever answered for.
pub(super) fn remove_leftover(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn version_name(sequence: u64) -> String {
    format!("{sequence:016x}.json")
}

pub(super) fn upload_name(id: &str) -> String {
    format!("{id}.json")
}

pub(super) fn count_version(version: &Version, retain: bool) {
    if let Some(content) = &version.content {
        count(&content.body, retain);
    }
}

fn line<T: Serialize>(record: &T) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(record)?;
    bytes.push(b'\n');
    Ok(bytes)
}
