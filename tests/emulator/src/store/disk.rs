//! The folder of a bucket: one record per version and upload, one file per body, each written whole and then renamed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blob::Blob;
use super::body::{Body, Segment};
use super::object::Version;
use super::record::{BucketRecord, UploadRecord, VersionRecord, count};
use super::upload::Upload;

/// Where a bucket keeps its things.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    next_blob: AtomicU64,
}

/// Everything a folder held.
pub(super) struct Contents {
    pub(super) versions: Vec<(String, Version)>,
    pub(super) uploads: Vec<Upload>,
}

impl Folder {
    /// Opens a bucket's folder, making it if it is not there.
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        for name in ["objects", "uploads", "bodies"] {
            fs::create_dir_all(root.join(name))?;
        }
        Ok(Self { root, next_blob: AtomicU64::new(0) })
    }

    /// The record of the bucket itself.
    pub(super) fn bucket(root: &Path) -> io::Result<BucketRecord> {
        read(&root.join("bucket.json"))
    }

    pub(super) fn save_bucket(&self, record: &BucketRecord) -> io::Result<()> {
        write(&self.root.join("bucket.json"), record)
    }

    pub(super) fn delete(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.root)
    }

    /// Moves what of a body is in memory to a file. Blocks.
    pub(super) fn store(&self, body: &Body) -> io::Result<Body> {
        if body.segments().iter().all(|segment| matches!(segment, Segment::File { .. })) {
            return Ok(body.clone());
        }
        let name = format!("{:016x}", self.next_blob.fetch_add(1, Ordering::SeqCst));
        let blob = Arc::new(Blob::write(&self.root.join("bodies"), name, body)?);
        let mut stored = Body::default();
        stored.push(Segment::File { blob, offset: 0, len: body.len() });
        Ok(stored)
    }

    fn version(&self, sequence: u64) -> PathBuf {
        self.root.join("objects").join(format!("{sequence:016x}.json"))
    }

    fn upload(&self, id: &str) -> PathBuf {
        self.root.join("uploads").join(format!("{id}.json"))
    }

    /// Writes a version's record. `before` is what the record on disk says, if an append writes it again.
    pub(super) fn save_version(&self, key: &str, version: &Version, before: Option<&Version>) -> io::Result<()> {
        write(&self.version(version.sequence), &VersionRecord::of(key, version))?;
        if let Some(content) = &version.content {
            count(&content.body, true);
        }
        if let Some(content) = before.and_then(|before| before.content.as_ref()) {
            count(&content.body, false);
        }
        Ok(())
    }

    pub(super) fn drop_version(&self, version: &Version) -> io::Result<()> {
        fs::remove_file(self.version(version.sequence))?;
        if let Some(content) = &version.content {
            count(&content.body, false);
        }
        Ok(())
    }

    /// Writes an upload's record. `before` is what the record on disk says.
    pub(super) fn save_upload(&self, upload: &Upload, before: Option<&Upload>) -> io::Result<()> {
        write(&self.upload(&upload.id), &UploadRecord::of(upload))?;
        upload.parts.values().for_each(|part| count(&part.body, true));
        if let Some(before) = before {
            before.parts.values().for_each(|part| count(&part.body, false));
        }
        Ok(())
    }

    pub(super) fn drop_upload(&self, upload: &Upload) -> io::Result<()> {
        fs::remove_file(self.upload(&upload.id))?;
        upload.parts.values().for_each(|part| count(&part.body, false));
        Ok(())
    }

    /// Reads every record and removes every body that none of them names, as a crash may leave behind.
    pub(super) fn load(&self) -> io::Result<Contents> {
        let bodies = self.root.join("bodies");
        let mut blobs: HashMap<String, Arc<Blob>> = HashMap::new();
        for entry in fs::read_dir(&bodies)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Ok(number) = u64::from_str_radix(&name, 16) {
                self.next_blob.fetch_max(number + 1, Ordering::SeqCst);
            }
            blobs.insert(name.clone(), Arc::new(Blob::existing(&bodies, name)));
        }
        let mut find = |name: &str| match blobs.get(name) {
            Some(blob) => blob.clone(),
            None => Arc::new(Blob::existing(&bodies, name.to_owned())),
        };
        let mut contents = Contents { versions: Vec::new(), uploads: Vec::new() };
        for record in records::<VersionRecord>(&self.root.join("objects"))? {
            let key = record.key.clone();
            let version = record.restore(&mut find);
            if let Some(content) = &version.content {
                count(&content.body, true);
            }
            contents.versions.push((key, version));
        }
        for record in records::<UploadRecord>(&self.root.join("uploads"))? {
            let upload = record.restore(&mut find);
            upload.parts.values().for_each(|part| count(&part.body, true));
            contents.uploads.push(upload);
        }
        contents.versions.sort_by_key(|(_, version)| version.sequence);
        Ok(contents)
    }
}

fn records<T: DeserializeOwned>(folder: &Path) -> io::Result<Vec<T>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            found.push(read(&path)?);
        } else {
            // A draft that a crash left behind.
            fs::remove_file(path)?;
        }
    }
    Ok(found)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn write<T: Serialize>(path: &Path, record: &T) -> io::Result<()> {
    let draft = path.with_extension("tmp");
    fs::write(&draft, serde_json::to_vec(record)?)?;
    fs::rename(&draft, path)
}
