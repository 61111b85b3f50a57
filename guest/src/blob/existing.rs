//! Starts an upload whose content begins with the first bytes of an existing object.

use std::rc::Rc;

use super::checkpoint::Origin;
use super::driver::{Inner, unsupported};
use super::error::DriverError;
use super::part_size::{MAX_OBJECT, MAX_PART, MAX_PARTS, MIN_PART, grow_to_fit};
use super::session::{Scope, Session, UploadTarget, held_part_size};
use super::upload::Upload;
use crate::checksum::crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Attributes, ObjectMeta};
use crate::ports::Ports;

/// An object to copy from, with the metadata that OSS returned for it.
pub(super) struct SourceObject {
    pub(super) object: ObjectName,
    pub(super) meta: ObjectMeta,
    pub(super) attributes: Attributes,
}

impl<P: Ports> Session<P> {
    /// A session whose content begins with the first `keep` bytes of an object and which keeps the object's attributes.
    /// OSS copies these bytes while the upload runs; fewer than 100 KiB are fetched immediately, by 1 request. `hint`
    /// is the expected size of the whole content. Without it, the parts leave room for at least `keep` more bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if `keep` is more than an object can have; then nothing is sent.
    pub(super) async fn from_existing(
        inner: &Rc<Inner<P>>,
        path: &str,
        object: ObjectName,
        known: SourceObject,
        keep: u64,
        hint: Option<u64>,
        scope: Scope,
    ) -> Result<Self, DriverError> {
        let changed = || Error::new(ErrorKind::Conflict, path, "the file was changed while it was continued");
        let etag = known.meta.etag.clone().ok_or_else(changed)?;
        // The number of planned parts depends on this size, so check what OSS states.
        if keep > MAX_OBJECT {
            let message =
                format!("OSS states that the file has {keep} bytes, and no object has more than {MAX_OBJECT}");
            return Err(unsupported(path, message));
        }
        let options = &inner.options;
        let planned = hint.unwrap_or_else(|| keep.saturating_mul(2)).clamp(keep, MAX_OBJECT);
        let target = UploadTarget {
            inner: inner.clone(),
            path: path.to_owned(),
            object,
            source: (keep > 0).then(|| (known.object.clone(), etag.clone())),
        };
        let attributes = known.attributes.overlaid(&options.attributes);
        let upload = Upload::new(held_part_size(inner, planned, MAX_PARTS), options.parts_in_flight);
        let mut session = Self::at(target, attributes, upload, scope);
        session.origin = Origin { kept: keep, kept_crc64: 0, planned };
        if keep >= MIN_PART {
            // At most half of the part numbers are for the copies, unless even OSS's largest part needs more.
            let copies = grow_to_fit(options.copy_part_size, keep, MAX_PARTS / 2, MAX_PART).unwrap_or(MAX_PART);
            let left = MAX_PARTS.saturating_sub(keep.div_ceil(copies));
            let part_size = held_part_size(inner, planned.saturating_sub(keep), left);
            session.upload = Upload::new(part_size, options.parts_in_flight);
            session.upload.copy(keep, copies);
        } else if keep > 0 {
            let kept = inner.client.get_object_range(path, &known.object, 0..keep).await?;
            if kept.etag.as_ref() != Some(&etag) || kept.bytes.len() as u64 != keep {
                return Err(changed().into());
            }
            let taken = session.upload.take(&kept.bytes).map_err(|full| unsupported(path, full.to_string()))?;
            if taken != kept.bytes.len() {
                return Err(unsupported(path, "the size of a part leaves no room for what the file has already"));
            }
            session.origin.kept_crc64 = crc64(&kept.bytes);
            session.kept_bytes = kept.bytes;
        }
        if scope == Scope::Call {
            session.upload.reserve_last_number();
        }
        session.size.set(session.upload.size());
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use crate::blob::{BlobOptions, Driver, MAX_OBJECT, WriterOptions, WriterStart};
    use crate::error::ErrorKind;
    use crate::testing::{Act, Scripted, settings};

    const NO_UPLOADS: &str = "<ListMultipartUploadsResult><EncodingType>url</EncodingType>\
        <IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";

    /// 8.4: the parts of a size that no object has are not even planned: of 2^54 bytes they would take 150 MiB.
    #[test]
    fn a_file_of_a_size_that_can_not_be_is_not_appended_to() {
        for (size, is_refused) in [(MAX_OBJECT, false), (MAX_OBJECT + 1, true), (1 << 54, true), (u64::MAX, true)] {
            let file = Act::answer(200, "")
                .with("content-length", size.to_string())
                .with("etag", "\"E\"")
                .with("last-modified", "Wed, 28 Dec 2022 10:27:41 GMT");
            let network = Scripted::new([Act::answer(200, NO_UPLOADS), file]);
            let driver = Driver::new(
                network.clone(),
                settings(|_| {}),
                BlobOptions::default().check(&settings(|_| {})).unwrap(),
            );
            let begun = network
                .run(driver.writer("/f", WriterStart::Newest, &WriterOptions::default()))
                .map(|writer| writer.size());
            match begun {
                Ok(begun) => assert!(!is_refused && begun == size, "{size}"),
                Err(error) => {
                    assert!(is_refused && error.kind() == Some(ErrorKind::Unsupported), "{error}");
                    assert!(error.to_string().contains("no object has more than"), "{error}");
                }
            }
        }
    }
}
