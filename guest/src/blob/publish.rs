//! Publishes an upload as the file's content.

use bytes::Bytes;

use super::conditions::Conditions;
use super::error::DriverError;
use super::session::Session;
use super::upload::Manifest;
use super::written::Written;
use crate::error::{Error, ErrorKind};
use crate::oss::{ObjectMeta, PartContent, is_no_such_upload};
use crate::ports::Ports;

/// The content that a commit publishes. If the commit's response is lost, this shows whether the file has that content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpectedContent {
    size: u64,
    /// `None` if OSS did not state the CRC-64 of each copied part.
    crc64: Option<u64>,
    /// The ETag that OSS gives an object of these parts, without quotes; `None` for a content that one request stores.
    etag: Option<String>,
}

impl ExpectedContent {
    fn of(content: &PartContent) -> Self {
        Self { size: content.bytes().len() as u64, crc64: Some(content.crc64()), etag: None }
    }

    fn of_parts(manifest: &Manifest) -> Self {
        Self { size: manifest.size, crc64: manifest.crc64, etag: Some(manifest.etag()) }
    }

    /// Compares the size and the CRC-64, or the ETag if a CRC-64 is not known.
    fn matches(&self, meta: &ObjectMeta) -> bool {
        let is_same = match (meta.crc64, self.crc64) {
            (Some(stated), Some(own)) => stated == own,
            _ => self.etag.is_some() && self.etag.as_deref() == meta.etag.as_ref().map(|etag| etag.trim_matches('"')),
        };
        meta.size == self.size && is_same
    }
}

impl<P: Ports> Session<P> {
    /// Publishes everything that was taken as the file's content: by one request if that is at most one part and
    /// nothing was sent, otherwise by completing the upload. After a failure everything is still there, so publishing
    /// can be retried.
    ///
    /// The checkpoint, and an upload that was not needed, are removed only afterwards, because a retry needs them. If
    /// removing them fails, the file is committed nevertheless, so that failure is not returned:
    /// [`super::Driver::remove_orphans`] and [`super::Driver::list_uploads`] find what is left.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the conditions say, and anything a request can fail with.
    pub(super) async fn publish(&mut self, conditions: &Conditions) -> Result<Written, DriverError> {
        self.upload.interrupted();
        self.upload.seal();
        let target = self.target.clone();
        let client = &target.inner.client;
        if let (None, None, Some(content)) = (&self.id, &self.superseded, self.upload.single_request_content()) {
            let expected = ExpectedContent::of(&content);
            let bytes = content.into_bytes();
            self.unconfirmed.push(expected.clone());
            let change = conditions.change();
            let put = client.put_object_with(&target.path, &target.object, bytes, &self.attributes, change).await;
            return match put {
                Ok(made) => Ok(Written::from_answer(expected.size, made, conditions)),
                Err(error) => {
                    let meta = self.confirm_publish(error, &expected, conditions).await?;
                    // The request whose response was lost may still be under way, and would store the content once
                    // more.
                    Ok(Written { perhaps_again: conditions.have_window(), ..Written::from_meta(meta, conditions) })
                }
            };
        }
        self.flush().await?;
        let manifest = self.manifest()?;
        if manifest.parts.is_empty() {
            // OSS completes no upload without parts, so store an empty object instead.
            self.unconfirmed.push(ExpectedContent::of(&PartContent::from(Bytes::new())));
            let change = conditions.change();
            let put =
                client.put_object_with(&target.path, &target.object, Bytes::new(), &self.attributes, change).await;
            let made = put.map_err(|error| self.note_failure(error))?;
            let _left_over = self.abort().await;
            return Ok(Written::from_answer(0, made, conditions));
        }
        let id = self.ensure_initiated().await?;
        let expected = ExpectedContent::of_parts(&manifest);
        self.unconfirmed.push(expected.clone());
        let change = conditions.change();
        let written = match client.complete_upload(&target.path, &target.object, &id, &manifest.parts, change).await {
            Ok(completed) => match (completed.crc64, manifest.crc64) {
                (Some(stated), Some(own)) if stated != own => {
                    let message =
                        "CompleteMultipartUpload: the CRC-64 that OSS states of the whole is not that of its parts";
                    return Err(Error::new(ErrorKind::Corrupt, &target.path, message).into());
                }
                _ => Written::from_answer(manifest.size, completed, conditions),
            },
            Err(error) => Written::from_meta(self.confirm_publish(error, &expected, conditions).await?, conditions),
        };
        let _orphaned = self.remove_checkpoint().await;
        Ok(written)
    }

    /// Finds out whether a commit without a clear response took effect, by looking at the file. Returns the file's
    /// metadata if it did.
    async fn confirm_publish(
        &mut self,
        error: Error,
        expected: &ExpectedContent,
        conditions: &Conditions,
    ) -> Result<ObjectMeta, DriverError> {
        let was_gone = is_no_such_upload(&error);
        // The file may be someone else's with the same content. A caller who asked to create the file must not take
        // that for their own.
        let is_taken = conditions.create_only && error.kind == ErrorKind::Conflict && !was_gone;
        if is_taken || !(was_gone || error.undecided) {
            return Err(self.note_failure(error).into());
        }
        let Some(meta) = self.published_meta(expected).await else { return Err(error.into()) };
        if let (false, Some(id)) = (was_gone, &self.id) {
            // Another upload may have stored the same content. This upload would then stay open, so abort it.
            let target = &self.target;
            let _left_over = target.inner.client.abort_upload(&target.path, &target.object, id).await;
        }
        Ok(meta)
    }

    /// Notes that a commit failed. A content that was certainly not published is forgotten: [`Session::cancel`] need
    /// not look for it.
    fn note_failure(&mut self, error: Error) -> Error {
        if !error.undecided && !is_no_such_upload(&error) {
            self.unconfirmed.pop();
        }
        error
    }

    /// The file's metadata, if the file has the expected content. `None` also if OSS can't be asked.
    async fn published_meta(&self, expected: &ExpectedContent) -> Option<ObjectMeta> {
        let target = &self.target;
        let found = target.inner.client.head_object(&target.path, &target.object).await;
        found.ok().filter(|meta| expected.matches(meta))
    }

    /// Aborts the upload. Returns true if a commit that seemed to fail had published the content after all, so that
    /// there was nothing to abort. 1 more request after such a commit.
    pub(super) async fn cancel(&mut self) -> Result<bool, DriverError> {
        let was_begun = self.id.is_some();
        let existed = self.abort().await?;
        // An upload that still existed was not completed; but an empty content is stored by a request of its own.
        let was_not_completed = was_begun && existed && self.unconfirmed.iter().all(|expected| expected.etag.is_some());
        if self.unconfirmed.is_empty() || was_not_completed {
            return Ok(false);
        }
        let target = &self.target;
        match target.inner.client.head_object(&target.path, &target.object).await {
            Ok(meta) => Ok(self.unconfirmed.iter().any(|expected| expected.matches(&meta))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Aborts after [`Session::publish`] failed, unless it turns out that the commit took effect after all.
    pub(super) async fn abort_failed_publish(
        &mut self,
        failure: DriverError,
        conditions: &Conditions,
    ) -> Result<Written, DriverError> {
        match (self.id.is_some(), self.unconfirmed.last().cloned()) {
            (true, Some(expected)) => match self.abort().await {
                Ok(true) => Err(failure),
                Ok(false) => {
                    let found = self.published_meta(&expected).await;
                    found.map(|meta| Written::from_meta(meta, conditions)).ok_or(failure)
                }
                Err(_) => Err(self.abort_after_failure(failure).await),
            },
            _ => Err(self.abort_after_failure(failure).await),
        }
    }

    fn manifest(&self) -> Result<Manifest, Error> {
        let incomplete = || Error::new(ErrorKind::Unavailable, &self.target.path, "not every part is stored");
        self.upload.manifest().ok_or_else(incomplete)
    }
}
