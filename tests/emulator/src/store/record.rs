//! What is written to disk: JSON records that name the files of the bodies.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::body::{Body, Segment};
use super::bucket::Versioning;
use super::object::{Content, Metadata, ObjectType, Version};
use super::upload::{Part, Upload};

/// A bucket's own record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BucketRecord {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) owner: String,
    pub(super) created: i64,
    pub(super) versioning: Versioning,
    pub(super) acl: String,
    pub(super) public_endpoint_forbidden: bool,
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

/// Gives the file of a name.
pub(super) type FindBlob<'a> = &'a mut dyn FnMut(&str) -> Arc<Blob>;

fn pieces(body: &Body) -> Vec<Piece> {
    let piece = |segment: &Segment| match segment {
        Segment::File { blob, offset, len } => Some(Piece { blob: blob.name().to_owned(), offset: *offset, len: *len }),
        // With a data folder every body is moved to a file before it is recorded.
        Segment::Memory(_) => None,
    };
    body.segments().iter().filter_map(piece).collect()
}

fn body(pieces: Vec<Piece>, find: FindBlob<'_>) -> Body {
    let mut body = Body::default();
    for piece in pieces {
        body.push(Segment::File { blob: find(&piece.blob), offset: piece.offset, len: piece.len });
    }
    body
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

    pub(super) fn restore(self, find: FindBlob<'_>) -> Version {
        let content = self.content.map(|record| Content {
            kind: record.kind,
            body: body(record.body, find),
            etag: record.etag,
            crc64: record.crc64,
            md5: record.md5,
            metadata: Arc::new(record.metadata),
        });
        Version { id: self.id.into(), modified: self.modified, sequence: self.sequence, content }
    }
}

impl UploadRecord {
    pub(super) fn of(upload: &Upload) -> Self {
        let part = |part: &Arc<Part>| PartRecord {
            number: part.number,
            etag: part.etag.clone(),
            crc64: part.crc64,
            modified: part.modified,
            body: pieces(&part.body),
        };
        Self {
            id: upload.id.clone(),
            key: upload.key.clone(),
            initiated: upload.initiated,
            sequential: upload.sequential,
            metadata: (*upload.metadata).clone(),
            parts: upload.parts.values().map(part).collect(),
        }
    }

    pub(super) fn restore(self, find: FindBlob<'_>) -> Upload {
        let mut parts = std::collections::BTreeMap::new();
        for record in self.parts {
            let (number, etag, crc64, modified) = (record.number, record.etag, record.crc64, record.modified);
            parts.insert(number, Arc::new(Part { number, etag, crc64, modified, body: body(record.body, find) }));
        }
        Upload {
            id: self.id,
            key: self.key,
            initiated: self.initiated,
            sequential: self.sequential,
            metadata: Arc::new(self.metadata),
            parts,
        }
    }
}

/// Counts a stored body's files, or stops counting them.
pub(super) fn count(body: &Body, retain: bool) {
    for segment in body.segments() {
        if let Segment::File { blob, .. } = segment {
            if retain { blob.retain() } else { blob.release() }
        }
    }
}
