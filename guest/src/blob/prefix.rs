//! Uploads that begin with what a file has already.

use std::rc::Rc;

use super::driver::{Inner, unsupported};
use super::error::DriverError;
use super::part_size::{MAX_OBJECT, MAX_PART, MAX_PARTS, MIN_PART, grown};
use super::session::{Place, Session, held_part};
use super::upload::Upload;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{Attributes, ObjectMeta};
use crate::ports::Ports;

/// An object as it was when it was looked at.
pub(super) struct Known {
    pub(super) object: ObjectName,
    pub(super) meta: ObjectMeta,
    pub(super) attributes: Attributes,
}

impl<P: Ports> Session<P> {
    /// An upload whose content begins with the first `keep` bytes of an object, and keeps its attributes. These are copied
    /// on OSS's side as the upload goes on, but for less than 100 KiB, which are fetched at once, by 1 request. `hint`: how
    /// many bytes it will have in all, where that is known; otherwise there is room for as many again at least.
    pub(super) async fn beginning_with(
        inner: &Rc<Inner<P>>,
        path: &str,
        object: ObjectName,
        known: Known,
        keep: u64,
        hint: Option<u64>,
    ) -> Result<Self, DriverError> {
        let changed = || Error::new(ErrorKind::Conflict, path, "the file was changed while it was continued");
        let etag = known.meta.etag.clone().ok_or_else(changed)?;
        let options = &inner.options;
        let all = hint.unwrap_or_default().max(keep.saturating_mul(2)).min(MAX_OBJECT);
        let part_size = held_part(inner, all, MAX_PARTS);
        let mut session = Self {
            place: Rc::new(Place {
                inner: inner.clone(),
                path: path.to_owned(),
                object,
                source: Some((known.object.clone(), etag.clone())),
            }),
            attributes: known.attributes.overlaid(&options.attributes),
            upload: Upload::new(part_size, options.parts_in_flight),
            id: None,
            has_tail: false,
            size: Rc::default(),
        };
        if keep >= MIN_PART {
            // At most half of the numbers are for the copies, unless OSS's largest part leaves no choice.
            let copies = grown(options.copy_part_size, keep, MAX_PARTS / 2, MAX_PART).unwrap_or(MAX_PART);
            let left = MAX_PARTS.saturating_sub(keep.div_ceil(copies));
            session.upload = Upload::new(held_part(inner, all.saturating_sub(keep), left), options.parts_in_flight);
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
        }
        session.size.set(session.upload.size());
        Ok(session)
    }
}
