//! Making an object of the parts of an upload.

use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::body::Body;
use super::bucket::{Bucket, broken};
use super::object::{Content, ObjectType, Version};
use super::upload::{Part, Upload};
use super::versions::check_forbidden;
use crate::checksum;
use crate::failures::Failure;

/// Which parts make the object.
#[derive(Debug)]
pub(crate) enum Chosen {
    /// Those that were uploaded, in order.
    All,
    /// These numbers, with the ETag of each.
    Listed(Vec<(u32, String)>),
}

/// The least size of every part but the last: 100 KB. (OSS documentation: UploadPart.)
const MIN_PART: u64 = 100 * 1024;

/// How an upload is to be completed.
pub(crate) struct Completion<'a> {
    pub(crate) chosen: &'a Chosen,
    pub(crate) now: i64,
    /// The EC to answer if there is an object already and that is forbidden.
    pub(crate) forbid: Option<&'static str>,
    /// The ACL the object gets in place of the one the upload was begun with.
    pub(crate) acl: Option<String>,
    /// The MD5 of the whole, for a content of this ETag; left out if a part was replaced since it was computed.
    pub(crate) md5: Option<(String, String)>,
}

impl Bucket {
    /// What an upload would make, if OSS gives the MD5 of it: where the parts came one after another. Everybody else gets
    /// `None`, or finds out what is wrong when completing.
    pub(crate) fn sequential_content(&self, key: &str, id: &str, chosen: &Chosen) -> Option<Content> {
        let state = self.read();
        let upload = state.uploads.get(key, id).filter(|upload| upload.sequential)?;
        Some(assemble(&choose(upload, chosen).ok()?, upload))
    }

    /// Completes an upload. Nothing changes unless everything is right.
    pub(crate) fn complete(&self, key: &str, id: &str, how: Completion<'_>) -> Result<Arc<Version>, Failure> {
        let mut state = self.write()?;
        let Some(upload) = state.uploads.get(key, id) else {
            return Err(Failure::no_such_upload("0042-00000002", id));
        };
        let parts = choose(upload, how.chosen)?;
        check_forbidden(&state, key, how.forbid)?;
        let mut content = assemble(&parts, upload);
        content.md5 = how.md5.filter(|(etag, _)| *etag == content.etag).map(|(_, md5)| md5);
        if how.acl.is_some() {
            Arc::make_mut(&mut content.metadata).acl = how.acl;
        }
        let now = how.now;
        let version = self.insert(&mut state, key, Some(content), now)?;
        if let (Some(folder), Some(upload)) = (&self.folder, state.uploads.get(key, id)) {
            folder.drop_upload(upload).map_err(broken)?;
        }
        state.uploads.remove(key, id);
        Ok(version)
    }
}

fn choose(upload: &Upload, chosen: &Chosen) -> Result<Vec<Arc<Part>>, Failure> {
    let parts: Vec<Arc<Part>> = match chosen {
        Chosen::All => upload.parts.values().cloned().collect(),
        Chosen::Listed(listed) => {
            if listed.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                return Err(Failure::part_order());
            }
            let pick = |(number, etag): &(u32, String)| match upload.parts.get(number) {
                Some(part) if part.etag.eq_ignore_ascii_case(etag) => Ok(part.clone()),
                _ => Err(Failure::part_invalid(*number, etag)),
            };
            listed.iter().map(pick).collect::<Result<_, _>>()?
        }
    };
    // Nothing of nothing is an empty object; nothing of something is a mistake. (Go v2's `TestUploaderUploadFromTeeReader`.)
    if parts.is_empty() && !upload.parts.is_empty() {
        return Err(Failure::complete_malformed());
    }
    let all_but_last = &parts[..parts.len().saturating_sub(1)];
    if let Some(part) = all_but_last.iter().find(|part| part.body.len() < MIN_PART) {
        return Err(Failure::part_too_small(part.number, part.body.len()));
    }
    if upload.sequential
        && let Some((_, part)) = (1..).zip(&parts).find(|(expected, part)| part.number != *expected)
    {
        return Err(Failure::part_not_sequential(part.number));
    }
    Ok(parts)
}

fn assemble(parts: &[Arc<Part>], upload: &Upload) -> Content {
    let mut body = Body::default();
    let mut crc64 = 0;
    let mut hash = Md5::new();
    for part in parts {
        crc64 = checksum::combine(crc64, part.crc64, part.body.len());
        // Over the text of the parts' ETags, not over the digests they spell.
        hash.update(part.etag.as_bytes());
        body.append(part.body.clone());
    }
    let etag = format!("{}-{}", upper_hex(&hash.finalize()), parts.len());
    Content { kind: ObjectType::Multipart, body, etag, crc64, md5: None, metadata: upload.metadata.clone() }
}

/// The spelling of an MD5 in an ETag.
pub(crate) fn upper_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02X}");
        out
    })
}
