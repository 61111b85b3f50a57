//! Moves a file: OSS copies it, the copy is verified, and only then the source is removed.

use super::conditions::{Conditions, PublishOptions};
use super::driver::{Driver, copy_allowance, not_found, unsupported};
use super::error::DriverError;
use super::existing::SourceObject;
use super::part_size::{MAX_OBJECT, MAX_PART, MAX_PARTS, grow_to_fit};
use super::path::Path;
use super::session::{Scope, Session, UploadTarget};
use super::upload::Upload;
use super::written::Written;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// Copies a file, replacing the destination, and keeps the file's attributes. 2 requests. A large file takes 4 more
    /// than the copy has parts, and 1 more if OSS states no CRC-64 of a copy. Copying a file to its own path does
    /// nothing.
    ///
    /// # Errors
    /// As [`Driver::move_file`].
    pub async fn copy_file(
        &self,
        source: &str,
        destination: &str,
        options: PublishOptions,
    ) -> Result<Written, DriverError> {
        let conditions = Conditions::check(destination, options)?;
        self.copy(source, destination, &conditions).await
    }

    /// Moves a file, replacing the destination, and keeps the file's attributes. 3 requests. A large file takes 5 more
    /// than the copy has parts, and 1 more if OSS states no CRC-64 of a copy. Moving a file to its own path does
    /// nothing.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such file; [`ErrorKind::Conflict`] if the source was changed meanwhile,
    /// and as the options say; [`ErrorKind::TooLate`] as the options say; [`ErrorKind::Unsupported`] for an invalid
    /// window; [`ErrorKind::Corrupt`] if the copy differs from the source; and anything a request can fail with. The
    /// source is removed only after all of this.
    pub async fn move_file(
        &self,
        source: &str,
        destination: &str,
        options: PublishOptions,
    ) -> Result<Written, DriverError> {
        let from = self.file(source)?;
        let conditions = Conditions::check(destination, options)?;
        let written = self.copy(source, destination, &conditions).await?;
        if source == destination {
            return Ok(written);
        }
        self.0.client.delete_object_in(source, &from, conditions.guard()).await?;
        Ok(Written { perhaps_again: conditions.perhaps_again(), ..written })
    }

    async fn copy(&self, source: &str, destination: &str, conditions: &Conditions) -> Result<Written, DriverError> {
        let to = Path::parse(destination)?.object(self.0.root())?;
        let known = self.source_object(source).await?.ok_or_else(|| not_found(source))?;
        if known.object == to {
            return Ok(Written::from_meta(known.meta, conditions));
        }
        let etag = known.meta.etag.clone().ok_or_else(|| unverifiable(source))?;
        let written = if known.meta.size <= self.0.options.copy_threshold {
            self.copy_at_once(source, &known, &etag, &to, conditions).await?
        } else {
            self.copy_by_parts(source, &known, etag, &to, conditions).await?
        };
        self.verify(destination, &known, &to, &written).await?;
        Ok(written)
    }

    /// Copies by one request.
    async fn copy_at_once(
        &self,
        path: &str,
        known: &SourceObject,
        etag: &str,
        to: &ObjectName,
        conditions: &Conditions,
    ) -> Result<Written, DriverError> {
        let attributes = known.attributes.clone().overlaid(&self.0.options.attributes);
        let (allowance, change) = (copy_allowance(known.meta.size), conditions.change());
        let client = &self.0.client;
        let made = client.copy_object_with(path, &known.object, to, Some(etag), &attributes, change, allowance).await?;
        Ok(Written::from_answer(known.meta.size, made, conditions))
    }

    async fn copy_by_parts(
        &self,
        path: &str,
        known: &SourceObject,
        etag: String,
        to: &ObjectName,
        conditions: &Conditions,
    ) -> Result<Written, DriverError> {
        let options = &self.0.options;
        // One part number is for the mark which says that nobody may continue the upload.
        let part = grow_to_fit(options.copy_part_size, known.meta.size, MAX_PARTS - 1, MAX_PART)
            .ok_or_else(|| unsupported(path, format!("OSS holds no object of more than {MAX_OBJECT} bytes")))?;
        let target = UploadTarget {
            inner: self.0.clone(),
            path: path.to_owned(),
            object: to.clone(),
            source: Some((known.object.clone(), etag)),
        };
        let mut upload = Upload::new(1, options.parts_in_flight);
        upload.copy(known.meta.size, part);
        let attributes = known.attributes.clone().overlaid(&options.attributes);
        let mut session = Session::at(target, attributes, upload, Scope::Call);
        match session.publish(conditions).await {
            Ok(written) => Ok(written),
            Err(error) => session.abort_failed_publish(error, conditions).await,
        }
    }

    /// Compares the copy with the source: by what OSS stated about the copy, or else by its metadata.
    async fn verify(
        &self,
        path: &str,
        known: &SourceObject,
        to: &ObjectName,
        written: &Written,
    ) -> Result<(), DriverError> {
        if known.meta.crc64.is_some() && written.crc64 == known.meta.crc64 {
            return Ok(());
        }
        let copy = self.0.client.head_object(path, to).await?;
        let is_same = match (copy.crc64, known.meta.crc64) {
            (Some(copy), Some(source)) => copy == source,
            _ => copy.etag.is_some() && copy.etag == known.meta.etag,
        };
        if copy.size == known.meta.size && is_same { Ok(()) } else { Err(unverifiable(path)) }
    }
}

fn unverifiable(path: &str) -> DriverError {
    let message = "the copy can't be shown to be what the source is: both are left";
    Error::new(ErrorKind::Corrupt, path, message).into()
}
