//! Appending: the one operation of OSS that compares before it writes.

use std::sync::Arc;

use super::bucket::{Bucket, State, broken};
use super::object::{Content, Metadata, ObjectType};
use super::upload::Part;
use crate::checksum;
use crate::failures::Failure;
use crate::ids;

/// What an append made of the object.
pub(crate) struct Appended {
    pub(crate) length: u64,
    pub(crate) crc64: u64,
    pub(crate) etag: String,
    /// The version that was made or has grown.
    pub(crate) version: Arc<str>,
    pub(crate) metadata: Arc<Metadata>,
}

/// The longest appendable object: 5 GB. (OSS documentation: AppendObject.)
const MAX_APPENDABLE: u64 = 5 << 30;

impl Bucket {
    /// Appends at `position`, which must be the object's length.
    ///
    /// Where there is no object, or its current version is a delete marker, this makes one, with `metadata`, which counts
    /// for nothing otherwise. On a versioned bucket that version has an id of its own; appends make it grow and make no
    /// others. (OSS documentation: AppendObject; Go v1's `TestVersioningAppendObject` against the service.)
    pub(crate) fn append(
        &self,
        key: &str,
        position: u64,
        piece: &Part,
        metadata: &Arc<Metadata>,
    ) -> Result<Appended, Failure> {
        let mut state = self.write()?;
        let current = state.index.get(key).and_then(|entry| entry.current()).filter(|version| !version.is_marker());
        let (length, crc64) = match current.map(|version| version.content.as_ref()) {
            None => (0, 0),
            Some(Some(content)) if content.kind == ObjectType::Appendable => (content.body.len(), content.crc64),
            Some(_) => return Err(Failure::not_appendable()),
        };
        if position != length {
            return Err(Failure::position_not_length(length));
        }
        if length + piece.body.len() > MAX_APPENDABLE {
            return Err(Failure::too_large(MAX_APPENDABLE));
        }
        let total = checksum::combine(crc64, piece.crc64, piece.body.len());
        let etag = etag(total, length + piece.body.len());
        if current.is_none() {
            let content = Content {
                kind: ObjectType::Appendable,
                body: self.settle(piece.body.clone())?,
                etag: etag.clone(),
                crc64: total,
                md5: None,
                metadata: metadata.clone(),
            };
            self.insert(&mut state, key, Some(content), piece.modified)?;
        } else {
            self.grow(&mut state, key, piece, &etag, total)?;
        }
        let Some(version) = state.index.get(key).and_then(|entry| entry.current()) else {
            return Err(Failure::no_such_key(key));
        };
        let metadata = version.content.as_ref().map(|content| content.metadata.clone()).unwrap_or_default();
        let (length, version) = (length + piece.body.len(), version.id.clone());
        Ok(Appended { length, crc64: total, etag, version, metadata })
    }

    /// Whether an append would make the object of that key, not let one grow.
    pub(crate) fn append_makes(&self, key: &str) -> bool {
        self.read().index.get(key).and_then(|entry| entry.current()).is_none_or(|version| version.is_marker())
    }

    fn grow(&self, state: &mut State, key: &str, piece: &Part, etag: &str, crc64: u64) -> Result<(), Failure> {
        let slot = state.index.get_mut(key).and_then(|entry| entry.versions.last_mut());
        let Some(slot) = slot.filter(|slot| slot.content.is_some()) else { return Err(Failure::no_such_key(key)) };
        let mut body = piece.body.clone();
        if let (Some(folder), Some(content)) = (&self.folder, &slot.content) {
            body = folder.bodies.extend(&content.body, &body).map_err(broken)?;
            folder.save_append(slot, &body, etag, crc64, piece.modified).map_err(broken)?;
        }
        // While nobody reads the object this changes it in place; a reader keeps the rope it has.
        let version = Arc::make_mut(slot);
        version.modified = piece.modified;
        if let Some(content) = &mut version.content {
            content.body.append(body);
            etag.clone_into(&mut content.etag);
            content.crc64 = crc64;
        }
        Ok(())
    }
}

/// The ETag of an appendable object is not an MD5; it changes with the content.
fn etag(crc64: u64, length: u64) -> String {
    ids::scramble(crc64, length)
}
