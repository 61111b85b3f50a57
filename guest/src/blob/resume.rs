//! Finding an upload again, and going on with it.

use std::rc::Rc;

use bytes::Bytes;

use super::checkpoint::{self, Origin};
use super::driver::{Driver, not_found};
use super::error::DriverError;
use super::part_size::MAX_PARTS;
use super::session::{Scope, Session, held_part};
use super::stored::Stored;
use super::upload::{Resumed, Upload, VOID, etag_of, is_resumable};
use super::writer::{WriterOptions, check_size};
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{ListedUpload, UploadsRequest, is_no_such_upload};
use crate::ports::Ports;

/// How many uploads for one path are looked at, the newest ones: what bounds the memory that they take.
const MAX_CANDIDATES: usize = 1000;

/// An upload that can be gone on with.
struct Found {
    upload_id: String,
    initiated: u64,
    resumed: Resumed,
    origin: Origin,
    has_checkpoint: bool,
    /// Whether anything was sent after the upload was begun.
    is_used: bool,
}

impl Found {
    /// How many bytes are stored without a gap.
    fn size(&self) -> u64 {
        self.resumed.upload.size()
    }
}

impl<P: Ports> Driver<P> {
    /// A session that goes on with the newest upload for a path, or else with the file; and what is stored already.
    pub(super) async fn resume(
        &self,
        path: &str,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let hint = options.size_hint;
        let object = self.file(path)?;
        let candidates = self.uploads_for(path, &object).await?;
        for begun_at_once in candidates.chunk_by(|one, other| one.initiated == other.initiated) {
            let Some(found) = self.best_of(path, &object, begun_at_once, hint).await? else { continue };
            if found.size() < found.origin.kept {
                return self.begin_again(path, object, found, options).await;
            }
            // What is left of a begin whose answer was lost: the file is younger, so another upload became it.
            if !found.is_used && self.known(path).await?.is_some_and(|file| file.meta.modified > found.initiated) {
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
        let known = self.known(path).await?.ok_or_else(|| not_found(path))?;
        let (size, hint) = (known.meta.size, options.size_hint);
        check_size(path, size, options.at)?;
        let session = Session::beginning_with(&self.0, path, object, known, size, hint, Scope::Writer).await?;
        Ok((session, Stored { is_resumed: false, kept: size, pieces: Vec::new() }))
    }

    /// A session that goes on with the upload of an id, and what is stored already.
    pub(super) async fn resume_by_id(
        &self,
        path: &str,
        id: &str,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let object = self.file(path)?;
        let upload = ListedUpload { upload_id: id.to_owned(), ..ListedUpload::default() };
        let found = match self.look_at(path, &object, &upload, options.size_hint).await {
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

    /// The uploads for a path, those begun last first. OSS keeps times to the second, and lists equals by their ids.
    async fn uploads_for(&self, path: &str, object: &ObjectName) -> Result<Vec<ListedUpload>, DriverError> {
        let mut candidates: Vec<ListedUpload> = Vec::new();
        let mut last: Option<ListedUpload> = None;
        loop {
            let request = UploadsRequest { key: Some(path), prefix: object.as_str(), after: last.as_ref() };
            let page = self.0.client.list_uploads(&request).await?;
            // The name itself comes before every longer one.
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

    /// Of uploads that were begun in the same second the one with the most stored. A begin whose answer was lost leaves one
    /// without anything beside that which was used. `None` where none of them may be gone on with.
    async fn best_of(
        &self,
        path: &str,
        object: &ObjectName,
        candidates: &[ListedUpload],
        hint: Option<u64>,
    ) -> Result<Option<Found>, DriverError> {
        let mut best: Option<Found> = None;
        for candidate in candidates {
            let rank = |found: &Found| (found.is_used, found.size());
            match self.look_at(path, object, candidate, hint).await {
                Ok(Some(found)) if best.as_ref().is_none_or(|best| rank(best) < rank(&found)) => best = Some(found),
                Ok(_) => {}
                // It was completed or aborted since it was listed.
                Err(error) if is_no_such_upload(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(best)
    }

    /// What is stored of an upload; `None` where it belongs to one call. 2 requests, and 1 more for each further 1000 parts.
    async fn look_at(
        &self,
        path: &str,
        object: &ObjectName,
        upload: &ListedUpload,
        hint: Option<u64>,
    ) -> Result<Option<Found>, Error> {
        let ListedUpload { upload_id, initiated, .. } = upload.clone();
        let listed = self.0.client.list_parts(path, object, &upload_id).await?;
        if !is_resumable(&listed) {
            return Ok(None);
        }
        let checkpoint = checkpoint::load(&self.0, path, &upload_id).await?;
        let has_checkpoint = checkpoint.is_some();
        let is_used = has_checkpoint || !listed.is_empty();
        let (mut origin, tail) = checkpoint.map(|one| (one.origin, Some(one.tail))).unwrap_or_default();
        origin.planned = hint.unwrap_or_default().max(origin.planned);
        let part_size = |upload: &Upload| self.part_size_after(upload, origin);
        let resumed = Upload::resume(self.0.options.parts_in_flight, listed, tail, part_size)
            .map_err(|problem| Error::new(ErrorKind::Corrupt, path, problem.to_string()))?;
        Ok(Some(Found { upload_id, initiated, resumed, origin, has_checkpoint, is_used }))
    }

    async fn resume_upload(
        &self,
        path: &str,
        object: ObjectName,
        found: Found,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let Found { upload_id, resumed: Resumed { upload, stale }, origin, has_checkpoint, .. } = found;
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

    /// How large the parts are that follow: as the options say, or larger where what was planned needs it. What is stored
    /// tells nothing: copied parts are larger than what an instance can hold, and another program's may be small.
    fn part_size_after(&self, upload: &Upload, origin: Origin) -> usize {
        let copies = upload.parts_within(origin.kept);
        // As when it was begun, and enough for what is missing where smaller parts took more numbers.
        let as_begun = held_part(&self.0, origin.planned.saturating_sub(origin.kept), MAX_PARTS.saturating_sub(copies));
        let left = MAX_PARTS.saturating_sub(upload.parts() as u64);
        let missing = origin.planned.saturating_sub(upload.size());
        as_begun.max(held_part(&self.0, missing, left))
    }

    /// Replaces a part by the mark of those that don't count. 1 request.
    ///
    /// The mark is known again by its ETag, which is its MD5. Where OSS gave it another one, the part would count again as
    /// soon as those before it are there.
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

    /// Begins again with the file, in place of an upload that was to continue it and ended before all of the file's content
    /// was copied. Nothing of what was to follow is stored without a gap, so nothing is lost.
    async fn begin_again(
        &self,
        path: &str,
        object: ObjectName,
        found: Found,
        options: &WriterOptions,
    ) -> Result<(Session<P>, Stored), DriverError> {
        let Some(known) = self.known(path).await? else {
            let message = "an upload was to continue the file and ended before the file's content was copied, and the file \
                is gone: remove the upload (remove-uploads) and begin anew";
            return Err(Error::new(ErrorKind::Conflict, path, message).into());
        };
        let size = known.meta.size;
        check_size(path, size, options.at)?;
        let hint = options.size_hint;
        let mut session = Session::beginning_with(&self.0, path, object, known, size, hint, Scope::Writer).await?;
        session.superseded = Some(Rc::from(found.upload_id));
        Ok((session, Stored { is_resumed: true, kept: size, pieces: Vec::new() }))
    }
}
