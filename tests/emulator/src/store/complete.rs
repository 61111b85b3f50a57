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

impl Bucket {
    /// Completes an upload. Nothing changes unless everything is right.
    pub(crate) fn complete(
        &self,
        key: &str,
        id: &str,
        chosen: &Chosen,
        now: i64,
        forbid: Option<&'static str>,
    ) -> Result<Arc<Version>, Failure> {
        let mut state = self.write()?;
        let Some(upload) = state.uploads.get(key, id) else {
            return Err(Failure::no_such_upload("0042-00000002", id));
        };
        let parts = choose(upload, chosen)?;
        check_forbidden(&state, key, forbid)?;
        let content = assemble(&parts, upload);
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
    let Some((_, all_but_last)) = parts.split_last() else { return Err(Failure::complete_malformed()) };
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
