//! What is written to disk: JSON records that name the files of the bodies.
//!
//! The first line of a record is everything that was known when it was written; each later line is a change. So an append
//! or a part costs one line, however many there were before.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::body::{Body, Segment};
use super::bucket::Changeable;
use super::object::{Content, Metadata, ObjectType, Version};
use super::upload::{Part, Upload};

/// A bucket's own record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BucketRecord {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) owner: String,
    pub(super) created: i64,
    #[serde(flatten)]
    pub(super) changeable: Changeable,
    pub(super) public_endpoint_forbidden: bool,
    #[serde(default = "standard")]
    pub(super) storage_class: String,
    #[serde(default = "local")]
    pub(super) redundancy: String,
}

/// What buckets of earlier records have.
fn standard() -> String {
    "Standard".into()
}

fn local() -> String {
    "LRS".into()
}

/// A piece of a body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Piece {
    blob: String,
    offset: u64,
    len: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ContentRecord {
    kind: ObjectType,
    body: Vec<Piece>,
    etag: String,
    crc64: u64,
    md5: Option<String>,
    metadata: Metadata,
}

/// A version of an object, or a delete marker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct VersionRecord {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) modified: i64,
    pub(super) sequence: u64,
    content: Option<ContentRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PartRecord {
    number: u32,
    etag: String,
    crc64: u64,
    modified: i64,
    body: Vec<Piece>,
}

/// An upload and its parts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UploadRecord {
    pub(super) id: String,
    pub(super) key: String,
    initiated: i64,
    sequential: bool,
    metadata: Metadata,
    parts: Vec<PartRecord>,
}

/// A change of a version: bytes that were appended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum VersionChange {
    #[serde(rename = "append")]
    Append { body: Vec<Piece>, etag: String, crc64: u64, modified: i64 },
}

/// A change of an upload: a part that was added, in place of the one of that number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum UploadChange {
    #[serde(rename = "part")]
    Part(PartRecord),
}

/// Gives the file of a name, if it is there and has so many bytes; otherwise why not.
pub(super) type FindBlob<'a> = &'a dyn Fn(&str, u64) -> Result<Arc<Blob>, String>;

fn pieces(body: &Body) -> Vec<Piece> {
    let piece = |segment: &Segment| match segment {
        Segment::File { blob, offset, len } => Some(Piece { blob: blob.name().to_owned(), offset: *offset, len: *len }),
        // With a data folder every body is moved to a file before it is recorded.
        Segment::Memory(_) => None,
    };
    body.segments().iter().filter_map(piece).collect()
}

fn body(pieces: Vec<Piece>, find: FindBlob<'_>) -> Result<Body, String> {
    let mut body = Body::default();
    for piece in pieces {
        let end = piece.offset.checked_add(piece.len).ok_or("a piece of its body ends beyond any file")?;
        body.push(Segment::File { blob: find(&piece.blob, end)?, offset: piece.offset, len: piece.len });
    }
    Ok(body)
}

impl VersionRecord {
    pub(super) fn of(key: &str, version: &Version) -> Self {
        let content = version.content.as_ref().map(|content| ContentRecord {
            kind: content.kind,
            body: pieces(&content.body),
            etag: content.etag.clone(),
            crc64: content.crc64,
            md5: content.md5.clone(),
            metadata: (*content.metadata).clone(),
        });
        Self {
            key: key.to_owned(),
            id: version.id.to_string(),
            modified: version.modified,
            sequence: version.sequence,
            content,
        }
    }

    pub(super) fn restore(self, changes: Vec<VersionChange>, find: FindBlob<'_>) -> Result<Version, String> {
        let mut content = match self.content {
            Some(record) => Some(Content {
                kind: record.kind,
                body: body(record.body, find)?,
                etag: record.etag,
                crc64: record.crc64,
                md5: record.md5,
                metadata: Arc::new(record.metadata),
            }),
            None => None,
        };
        let mut modified = self.modified;
        for VersionChange::Append { body: more, etag, crc64, modified: at } in changes {
            let content = content.as_mut().ok_or("something was appended to a delete marker")?;
            content.body.append(body(more, find)?);
            (content.etag, content.crc64, modified) = (etag, crc64, at);
        }
        Ok(Version { id: self.id.into(), modified, sequence: self.sequence, content })
    }
}

impl VersionChange {
    pub(super) fn append(body: &Body, etag: &str, crc64: u64, modified: i64) -> Self {
        Self::Append { body: pieces(body), etag: etag.to_owned(), crc64, modified }
    }
}

impl PartRecord {
    fn of(part: &Part) -> Self {
        Self {
            number: part.number,
            etag: part.etag.clone(),
            crc64: part.crc64,
            modified: part.modified,
            body: pieces(&part.body),
        }
    }

    fn restore(self, find: FindBlob<'_>) -> Result<Part, String> {
        let body = body(self.body, find)?;
        Ok(Part { number: self.number, etag: self.etag, crc64: self.crc64, modified: self.modified, body })
    }
}

impl UploadChange {
    pub(super) fn part(part: &Part) -> Self {
        Self::Part(PartRecord::of(part))
    }
}

impl UploadRecord {
    pub(super) fn of(upload: &Upload) -> Self {
        Self {
            id: upload.id.clone(),
            key: upload.key.clone(),
            initiated: upload.initiated,
            sequential: upload.sequential,
            metadata: (*upload.metadata).clone(),
            parts: upload.parts.values().map(|part| PartRecord::of(part)).collect(),
        }
    }

    pub(super) fn restore(self, changes: Vec<UploadChange>, find: FindBlob<'_>) -> Result<Upload, String> {
        let mut parts = std::collections::BTreeMap::new();
        let added = changes.into_iter().map(|UploadChange::Part(record)| record);
        for record in self.parts.into_iter().chain(added) {
            parts.insert(record.number, record);
        }
        // Only now: the bytes of a part that was replaced may be gone.
        let restore = |(number, record): (u32, PartRecord)| Ok((number, Arc::new(record.restore(find)?)));
        Ok(Upload {
            id: self.id,
            key: self.key,
            initiated: self.initiated,
            sequential: self.sequential,
            metadata: Arc::new(self.metadata),
            parts: parts.into_iter().map(restore).collect::<Result<_, String>>()?,
        })
    }
}

/// Counts the files of a stored body, each once, or stops counting them.
pub(super) fn count(body: &Body, retain: bool) {
    let mut seen = HashSet::new();
    for segment in body.segments() {
        if let Segment::File { blob, .. } = segment
            && seen.insert(Arc::as_ptr(blob))
        {
            if retain { blob.retain() } else { blob.release() }
        }
    }
}
