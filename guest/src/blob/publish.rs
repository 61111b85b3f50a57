//! Making an upload the file's content.

use super::error::DriverError;
use super::session::Session;
use super::upload::Manifest;
use crate::error::{Error, ErrorKind};
use crate::oss::{ObjectMeta, is_no_such_upload};
use crate::ports::Ports;

impl<P: Ports> Session<P> {
    /// Makes everything that was taken the file's content: by one request while it is at most one part and nothing was
    /// sent, otherwise by completing the upload. After a failure everything is still there, and it can be tried again.
    pub(super) async fn publish(&mut self) -> Result<(), DriverError> {
        self.upload.interrupted();
        self.upload.seal();
        let place = self.place.clone();
        let client = &place.inner.client;
        if let (None, Some(bytes)) = (&self.id, self.upload.small()) {
            return Ok(client.put_object_with(&place.path, &place.object, bytes, &self.attributes).await?);
        }
        self.settle().await?;
        // What it holds has become a part.
        self.forget_tail().await?;
        let manifest = self.manifest()?;
        if manifest.parts.is_empty() {
            // OSS makes no object of no parts.
            client.put_object_with(&place.path, &place.object, bytes::Bytes::new(), &self.attributes).await?;
            self.abort().await?;
            return Ok(());
        }
        let id = self.begin().await?;
        match client.complete_upload(&place.path, &place.object, &id, &manifest.parts).await {
            Ok(completed) => match (completed.crc64, manifest.crc64) {
                (Some(stated), Some(own)) if stated != own => {
                    let message =
                        "CompleteMultipartUpload: the CRC-64 that OSS states of the whole is not that of its parts";
                    Err(Error::new(ErrorKind::Corrupt, &place.path, message).into())
                }
                _ => Ok(()),
            },
            Err(error) => self.look(error, &manifest, &id).await,
        }
    }

    /// Settles what became of a commit that told nothing: the file is looked at.
    async fn look(&mut self, error: Error, manifest: &Manifest, id: &str) -> Result<(), DriverError> {
        let was_gone = is_no_such_upload(&error);
        let is_open = was_gone
            || matches!(
                error.kind,
                ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Corrupt | ErrorKind::Throttled
            );
        if !is_open || !self.is_there(manifest).await {
            return Err(error.into());
        }
        if !was_gone {
            // Should it be there by another upload of the same content, this one would stay behind.
            let place = &self.place;
            place.inner.client.abort_upload(&place.path, &place.object, id).await?;
        }
        Ok(())
    }

    /// Whether the file is what these parts make. When that can't be told it is not.
    async fn is_there(&self, manifest: &Manifest) -> bool {
        let place = &self.place;
        let found = place.inner.client.head_object(&place.path, &place.object).await;
        found.is_ok_and(|meta| is_made_of(&meta, manifest))
    }

    /// Gives up after [`Session::publish`] failed: aborts, unless it turns out that the commit was only late.
    pub(super) async fn give_up_publishing(&mut self, failure: DriverError) -> Result<(), DriverError> {
        let manifest = self.manifest();
        match (self.id.is_some(), manifest) {
            (true, Ok(manifest)) => match self.abort().await {
                Ok(true) => Err(failure),
                Ok(false) if self.is_there(&manifest).await => Ok(()),
                Ok(false) => Err(failure),
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

/// By size and CRC-64; where the latter is not known, by the ETag that OSS gives objects of such parts.
fn is_made_of(meta: &ObjectMeta, manifest: &Manifest) -> bool {
    let is_same = match (meta.crc64, manifest.crc64) {
        (Some(stated), Some(own)) => stated == own,
        _ => meta.etag.as_ref().is_some_and(|etag| etag.trim_matches('"') == manifest.etag()),
    };
    meta.size == manifest.size && is_same
}
