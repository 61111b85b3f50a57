//! Finds an upload that was left open, and continues it.

use std::rc::Rc;

use bytes::Bytes;

use super::checkpoint::{self, Origin};
use super::driver::{Driver, not_found};
use super::error::DriverError;
use super::part_size::MAX_PARTS;
use super::session::{Scope, Session, held_part_size};
use super::stored::Stored;
use super::upload::{Resumed, Upload, VOID, etag_of, is_resumable};
use super::writer::{WriterOptions, check_size};
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{ListedUpload, UploadsRequest, is_no_such_upload};
use crate::ports::Ports;

/// How many uploads for one path are considered, the newest ones. This bounds the memory for the list.
const MAX_CANDIDATES: usize = 1000;

/// An upload that can be continued.
struct ResumableUpload {
    upload_id: String,
    initiated: u64,
    resumed: Resumed,
    origin: Origin,
    has_checkpoint: bool,
    /// Whether anything was stored after the upload was initiated.
    is_used: bool,
}

impl ResumableUpload {
    /// How many bytes of the content are stored without a gap.
    fn size(&self) -> u64 {
        self.resumed.upload.size()
    }
}

impl<P: Ports> Driver<P> {
    /// A session that continues the newest upload for a path, or else the file; and what is stored already.
    pub(super) async fn open_for_append(
        &self,
        path: &str,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let hint = options.size_hint;
        let object = self.file(path)?;
        let candidates = self.uploads_for(path, &object).await?;
        for begun_in_one_second in candidates.chunk_by(|one, other| one.initiated == other.initiated) {
            let Some(found) = self.most_complete(path, &object, begun_in_one_second, hint).await? else { continue };
            if found.size() < found.origin.kept {
                return self.restart_from_file(path, object, found, options).await;
            }
            // The response to this initiation was lost, and another upload became the file, since the file is newer.
            // Nothing was stored in this one, so ignore it.
            if !found.is_used
                && self.source_object(path).await?.is_some_and(|file| file.meta.modified > found.initiated)
            {
                continue;
            }
            check_size(path, found.size(), options.at)?;
            return self.resume_upload(path, object, found).await;
        }
        self.extend(path, object, options).await
    }

    /// A session whose content begins with that of the file; and what is stored already.
    pub(super) async fn extend(
        &self,
        path: &str,
        object: ObjectName,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let known = self.source_object(path).await?.ok_or_else(|| not_found(path))?;
        let (size, hint) = (known.meta.size, options.size_hint);
        check_size(path, size, options.at)?;
        let session = Session::from_existing(&self.0, path, object, known, size, hint, Scope::Writer).await?;
        Ok((session, Stored { is_resumed: false, kept: size, pieces: Vec::new() }))
    }

    /// A session that continues the upload with this id, and what is stored already.
    pub(super) async fn resume_by_id(
        &self,
        path: &str,
        id: &str,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let object = self.file(path)?;
        let upload = ListedUpload { upload_id: id.to_owned(), ..ListedUpload::default() };
        let found = match self.load_upload(path, &object, &upload, options.size_hint).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                let message = "the upload belongs to one call, and only that can go on with it";
                return Err(Error::new(ErrorKind::Unsupported, path, message).into());
            }
            Err(error) if is_no_such_upload(&error) => {
                let message = "there is no such upload (any more) for the path".to_owned();
                return Err(Error { kind: ErrorKind::NotFound, message, ..error }.into());
            }
            Err(error) => return Err(error.into()),
        };
        if found.size() < found.origin.kept {
            let message = "the upload was to continue the file and ended before the file's content was copied: remove it \
                (remove-uploads) and begin anew";
            return Err(Error::new(ErrorKind::Conflict, path, message).into());
        }
        check_size(path, found.size(), options.at)?;
        self.resume_upload(path, object, found).await
    }

    /// The uploads for a path, the newest first. OSS keeps times to the second and lists uploads of the same second by
    /// their ids.
    async fn uploads_for(&self, path: &str, object: &ObjectName) -> Result<Vec<ListedUpload>, DriverError> {
        let mut candidates: Vec<ListedUpload> = Vec::new();
        let mut last: Option<ListedUpload> = None;
        loop {
            let request = UploadsRequest { key: Some(path), prefix: object.as_str(), after: last.as_ref() };
            let page = self.0.client.list_uploads(&request).await?;
            // Uploads are listed by name, and the object's own name comes before every longer one.
            let is_past = page.uploads.last().is_some_and(|upload| upload.name != object.as_str());
            last = page.uploads.last().cloned();
            candidates.extend(page.uploads.into_iter().filter(|upload| upload.name == object.as_str()));
            candidates
                .sort_by(|one, other| other.initiated.cmp(&one.initiated).then(other.upload_id.cmp(&one.upload_id)));
            candidates.truncate(MAX_CANDIDATES);
            if is_past || !page.is_truncated {
                return Ok(candidates);
            }
        }
    }

    /// The upload with the most bytes stored, of those that were initiated in the same second: an initiation whose
    /// response was lost leaves an empty upload beside the one that was used. `None` if none of them can be continued.
    async fn most_complete(
        &self,
        path: &str,
        object: &ObjectName,
        candidates: &[ListedUpload],
        hint: Option<u64>,
    ) -> Result<Option<ResumableUpload>, DriverError> {
        let mut best: Option<ResumableUpload> = None;
        for candidate in candidates {
            let rank = |found: &ResumableUpload| (found.is_used, found.size());
            match self.load_upload(path, object, candidate, hint).await {
                Ok(Some(found)) if best.as_ref().is_none_or(|best| rank(best) < rank(&found)) => best = Some(found),
                Ok(_) => {}
                // The upload was completed or aborted since it was listed.
                Err(error) if is_no_such_upload(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(best)
    }

    /// Loads what is stored of an upload; `None` if the upload belongs to one call. 2 requests, and 1 more for each
    /// further 1000 parts.
    async fn load_upload(
        &self,
        path: &str,
        object: &ObjectName,
        upload: &ListedUpload,
        hint: Option<u64>,
    ) -> Result<Option<ResumableUpload>, Error> {
        let ListedUpload { upload_id, initiated, .. } = upload.clone();
        let listed = self.0.client.list_parts(path, object, &upload_id).await?;
        if !is_resumable(&listed) {
            return Ok(None);
        }
        let checkpoint = checkpoint::load(&self.0, path, &upload_id).await?;
        let has_checkpoint = checkpoint.is_some();
        let is_used = has_checkpoint || !listed.is_empty();
        let (mut origin, remainder) = checkpoint.map(|one| (one.origin, Some(one.remainder))).unwrap_or_default();
        origin.planned = hint.unwrap_or_default().max(origin.planned);
        let part_size = |upload: &Upload| self.part_size_after(upload, origin);
        let resumed = Upload::from_listed_parts(self.0.options.parts_in_flight, listed, remainder, part_size)
            .map_err(|problem| Error::new(ErrorKind::Corrupt, path, problem.to_string()))?;
        Ok(Some(ResumableUpload { upload_id, initiated, resumed, origin, has_checkpoint, is_used }))
    }

    async fn resume_upload(
        &self,
        path: &str,
        object: ObjectName,
        found: ResumableUpload,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let ResumableUpload { upload_id, resumed: Resumed { upload, stale }, origin, has_checkpoint, .. } = found;
        for number in stale {
            self.void(path, &object, &upload_id, number).await?;
        }
        let pieces = upload.pieces(origin.kept, origin.kept_crc64);
        let mut session = Session::new(&self.0, path, object, None);
        session.size.set(upload.size());
        session.upload = upload;
        session.origin = origin;
        session.set_id(Some(Rc::from(upload_id)));
        session.is_marked = true;
        session.has_checkpoint = has_checkpoint;
        Ok((session, Stored { is_resumed: true, kept: origin.kept, pieces }))
    }

    /// The size of the parts that follow: as the options say, or larger if the planned size needs it. The sizes of the
    /// stored parts are no guide, since copied parts are larger than what an instance can hold, and another program's
    /// may be small.
    fn part_size_after(&self, upload: &Upload, origin: Origin) -> usize {
        let copies = upload.parts_within(origin.kept);
        // At least the size chosen when the upload was begun. Larger if smaller parts have used too many numbers to
        // hold what is missing.
        let as_begun =
            held_part_size(&self.0, origin.planned.saturating_sub(origin.kept), MAX_PARTS.saturating_sub(copies));
        let left = MAX_PARTS.saturating_sub(upload.parts() as u64);
        let missing = origin.planned.saturating_sub(upload.size());
        as_begun.max(held_part_size(&self.0, missing, left))
    }

    /// Replaces a part by the mark [`VOID`]. 1 request.
    ///
    /// The mark is recognised by its ETag, which is its MD5. If OSS gave the part another ETag, it would be taken for
    /// content as soon as the parts before it exist.
    async fn void(&self, path: &str, object: &ObjectName, upload_id: &str, number: u32) -> Result<(), Error> {
        let voided =
            self.0.client.upload_part(path, object, upload_id, number, Bytes::from_static(VOID).into(), false).await?;
        if voided.etag.trim_matches('"').eq_ignore_ascii_case(&etag_of(VOID)) {
            return Ok(());
        }
        let message = "the upload has parts that don't count, and OSS's ETags are no MD5, so they could not be told from \
            others: remove the upload (remove-uploads) and begin anew";
        Err(Error::new(ErrorKind::Unsupported, path, message))
    }

    /// Starts again from the file, replacing an upload that was to continue it and ended before all of the file's
    /// content was copied. None of the bytes that were to follow is stored without a gap, so nothing is lost.
    async fn restart_from_file(
        &self,
        path: &str,
        object: ObjectName,
        found: ResumableUpload,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let Some(known) = self.source_object(path).await? else {
            let message = "an upload was to continue the file and ended before the file's content was copied, and the file \
                is gone: remove the upload (remove-uploads) and begin anew";
            return Err(Error::new(ErrorKind::Conflict, path, message).into());
        };
        let size = known.meta.size;
        check_size(path, size, options.at)?;
        let hint = options.size_hint;
        let mut session = Session::from_existing(&self.0, path, object, known, size, hint, Scope::Writer).await?;
        session.superseded = Some(Rc::from(found.upload_id));
        Ok((session, Stored { is_resumed: true, kept: size, pieces: Vec::new() }))
    }
}
