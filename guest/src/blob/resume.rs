//! Finding an upload again, and going on with it.

use std::rc::Rc;

use bytes::Bytes;

use super::driver::{Driver, not_found};
use super::error::DriverError;
use super::part_size::{MAX_PARTS, MIN_PART};
use super::session::{Session, held_part};
use super::tail;
use super::upload::{Resumed, Upload, VOID};
use crate::key::ObjectName;
use crate::oss::{ListedPart, ListedUpload, UploadsRequest};
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// A session that goes on with the newest upload for a path, or else with the file.
    pub(super) async fn resume(&self, path: &str, hint: Option<u64>) -> Result<Session<P>, DriverError> {
        let object = self.file(path)?;
        if let Some(upload) = self.newest_upload(path, &object).await? {
            return self.resume_upload(path, object, &upload.upload_id, hint).await;
        }
        let known = self.known(path).await?.ok_or_else(|| not_found(path))?;
        let size = known.meta.size;
        Session::beginning_with(&self.0, path, object, known, size, hint).await
    }

    /// Of several the one that was begun last; OSS keeps times to the second, and of equals its last counts.
    async fn newest_upload(&self, path: &str, object: &ObjectName) -> Result<Option<ListedUpload>, DriverError> {
        let mut newest: Option<ListedUpload> = None;
        let mut last: Option<ListedUpload> = None;
        loop {
            let request = UploadsRequest { key: Some(path), prefix: object.as_str(), after: last.as_ref() };
            let page = self.0.client.list_uploads(&request).await?;
            // The name itself comes before every longer one.
            let is_past = page.uploads.last().is_some_and(|upload| upload.name != object.as_str());
            for upload in page.uploads {
                if upload.name == object.as_str()
                    && newest.as_ref().is_none_or(|newest| newest.initiated <= upload.initiated)
                {
                    newest = Some(upload.clone());
                }
                last = Some(upload);
            }
            if is_past || !page.is_truncated {
                return Ok(newest);
            }
        }
    }

    async fn resume_upload(
        &self,
        path: &str,
        object: ObjectName,
        id: &str,
        hint: Option<u64>,
    ) -> Result<Session<P>, DriverError> {
        let listed = self.0.client.list_parts(path, &object, id).await?;
        let tail = tail::load(&self.0, path, id).await?;
        let mut session = Session::new(&self.0, path, object, hint);
        session.has_tail = tail.is_some();
        let part_size = match &tail {
            Some(tail) => Some(tail.part_size),
            None => same_size(&listed),
        };
        let part_size = part_size
            .filter(|size| (MIN_PART..=self.0.options.largest_held_part()).contains(size))
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or_else(|| held_part(&self.0, hint.unwrap_or_default(), MAX_PARTS));
        let Resumed { upload, stale } = Upload::resume(part_size, self.0.options.parts_in_flight, listed, tail);
        for number in stale {
            let place = &session.place;
            self.0.client.upload_part(path, &place.object, id, number, Bytes::from_static(VOID)).await?;
        }
        session.upload = upload;
        session.id = Some(Rc::from(id));
        session.size.set(session.upload.size());
        Ok(session)
    }
}

/// The size of the parts, when all but the last have the same and the last is no larger.
fn same_size(listed: &[ListedPart]) -> Option<u64> {
    let (last, others) = listed.split_last()?;
    let size = listed.first()?.size;
    (last.size <= size && others.iter().all(|part| part.size == size)).then_some(size)
}
