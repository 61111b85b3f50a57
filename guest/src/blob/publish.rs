//! Making an upload the file's content.

use bytes::Bytes;

use super::conditions::Conditions;
use super::error::DriverError;
use super::session::Session;
use super::upload::Manifest;
use super::written::Written;
use crate::error::{Error, ErrorKind};
use crate::oss::{ObjectMeta, PartContent, is_no_such_upload};
use crate::ports::Ports;

/// What a commit makes the file's content: by it the file is known again when the commit's answer is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    size: u64,
    /// None where OSS did not state that of each copied part.
    crc64: Option<u64>,
    /// The ETag that OSS gives an object of such parts, without quotes; none of a content that one request stores.
    etag: Option<String>,
}

impl Target {
    fn of(content: &PartContent) -> Self {
        Self { size: content.bytes().len() as u64, crc64: Some(content.crc64()), etag: None }
    }

    fn of_parts(manifest: &Manifest) -> Self {
        Self { size: manifest.size, crc64: manifest.crc64, etag: Some(manifest.etag()) }
    }

    /// By size and CRC-64; where the latter is not known, by the ETag.
    fn is(&self, meta: &ObjectMeta) -> bool {
        let is_same = match (meta.crc64, self.crc64) {
            (Some(stated), Some(own)) => stated == own,
            _ => self.etag.is_some() && self.etag.as_deref() == meta.etag.as_ref().map(|etag| etag.trim_matches('"')),
        };
        meta.size == self.size && is_same
    }
}

impl<P: Ports> Session<P> {
    /// Makes everything that was taken the file's content: by one request while it is at most one part and nothing was
    /// sent, otherwise by completing the upload. After a failure everything is still there, and it can be tried again.
    ///
    /// What is kept beside the upload, and an upload that was not needed, go after that: a failed commit needs them. Where
    /// they can't be removed the file is committed all the same, and it would be wrong to say that it is not:
    /// [`super::Driver::remove_orphans`] and [`super::Driver::list_uploads`] find them.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the conditions say, and anything a request can fail with.
    pub(super) async fn publish(&mut self, conditions: &Conditions) -> Result<Written, DriverError> {
        self.upload.interrupted();
        self.upload.seal();
        let place = self.place.clone();
        let client = &place.inner.client;
        if let (None, None, Some(content)) = (&self.id, &self.superseded, self.upload.small()) {
            let target = Target::of(&content);
            let bytes = content.into_bytes();
            self.attempts.push(target.clone());
            let change = conditions.change();
            let put = client.put_object_with(&place.path, &place.object, bytes, &self.attributes, change).await;
            return match put {
                Ok(made) => Ok(Written::made(target.size, made, conditions)),
                Err(error) => {
                    let meta = self.look(error, &target, conditions).await?;
                    // The request whose answer was lost may be on its way still, and stores the content once more.
                    Ok(Written { perhaps_again: conditions.have_window(), ..Written::seen(meta, conditions) })
                }
            };
        }
        self.settle().await?;
        let manifest = self.manifest()?;
        if manifest.parts.is_empty() {
            // OSS makes no object of no parts.
            self.attempts.push(Target::of(&PartContent::from(Bytes::new())));
            let change = conditions.change();
            let put = client.put_object_with(&place.path, &place.object, Bytes::new(), &self.attributes, change).await;
            let made = put.map_err(|error| self.failed(error))?;
            let _left_over = self.abort().await;
            return Ok(Written::made(0, made, conditions));
        }
        let id = self.begin().await?;
        let target = Target::of_parts(&manifest);
        self.attempts.push(target.clone());
        let change = conditions.change();
        let written = match client.complete_upload(&place.path, &place.object, &id, &manifest.parts, change).await {
            Ok(completed) => match (completed.crc64, manifest.crc64) {
                (Some(stated), Some(own)) if stated != own => {
                    let message =
                        "CompleteMultipartUpload: the CRC-64 that OSS states of the whole is not that of its parts";
                    return Err(Error::new(ErrorKind::Corrupt, &place.path, message).into());
                }
                _ => Written::made(manifest.size, completed, conditions),
            },
            Err(error) => Written::seen(self.look(error, &target, conditions).await?, conditions),
        };
        let _orphaned = self.forget_checkpoint().await;
        Ok(written)
    }

    /// Settles what became of a commit that told nothing: the file is looked at, and what is known of it is told.
    async fn look(
        &mut self,
        error: Error,
        target: &Target,
        conditions: &Conditions,
    ) -> Result<ObjectMeta, DriverError> {
        let was_gone = is_no_such_upload(&error);
        // A file that is there may be another's of the same content, and who asked to create it must not take it for their own.
        let is_taken = conditions.create_only && error.kind == ErrorKind::Conflict && !was_gone;
        if is_taken || !(was_gone || error.undecided) {
            return Err(self.failed(error).into());
        }
        let Some(meta) = self.find(target).await else { return Err(error.into()) };
        if let (false, Some(id)) = (was_gone, &self.id) {
            // Should it be there by another upload of the same content, this one would stay behind.
            let place = &self.place;
            let _left_over = place.inner.client.abort_upload(&place.path, &place.object, id).await;
        }
        Ok(meta)
    }

    /// Notes that a commit failed. One that certainly had no effect is none that [`Session::cancel`] has to look for.
    fn failed(&mut self, error: Error) -> Error {
        if !error.undecided && !is_no_such_upload(&error) {
            self.attempts.pop();
        }
        error
    }

    /// What is known of the file, if it is what a commit was to make it. When that can't be told it is not.
    async fn find(&self, target: &Target) -> Option<ObjectMeta> {
        let place = &self.place;
        let found = place.inner.client.head_object(&place.path, &place.object).await;
        found.ok().filter(|meta| target.is(meta))
    }

    /// Aborts, and tells whether a commit that seemed to fail made it the file's content after all, so that there was
    /// nothing to abort. 1 more request after such a commit.
    pub(super) async fn cancel(&mut self) -> Result<bool, DriverError> {
        let was_begun = self.id.is_some();
        let existed = self.abort().await?;
        // An upload that was still there was not completed; but an empty content is stored beside it.
        let is_settled = was_begun && existed && self.attempts.iter().all(|target| target.etag.is_some());
        if self.attempts.is_empty() || is_settled {
            return Ok(false);
        }
        let place = &self.place;
        match place.inner.client.head_object(&place.path, &place.object).await {
            Ok(meta) => Ok(self.attempts.iter().any(|target| target.is(&meta))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives up after [`Session::publish`] failed: aborts, unless it turns out that the commit was only late.
    pub(super) async fn give_up_publishing(
        &mut self,
        failure: DriverError,
        conditions: &Conditions,
    ) -> Result<Written, DriverError> {
        match (self.id.is_some(), self.attempts.last().cloned()) {
            (true, Some(target)) => match self.abort().await {
                Ok(true) => Err(failure),
                Ok(false) => {
                    let found = self.find(&target).await;
                    found.map(|meta| Written::seen(meta, conditions)).ok_or(failure)
                }
                Err(_) => Err(self.give_up(failure).await),
            },
            _ => Err(self.give_up(failure).await),
        }
    }

    fn manifest(&self) -> Result<Manifest, Error> {
        let unsettled = || Error::new(ErrorKind::Unavailable, &self.place.path, "not every part is stored");
        self.upload.manifest().ok_or_else(unsettled)
    }
}
