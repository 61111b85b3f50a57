//! A file that is being written.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::storage::check;
use super::upload::StoredUpload;
use super::{Driver, Operation};
use crate::ports::Storage;
use crate::ports::{ContentError, Entropy, Guard, StorageError, StorageErrorKind, Upload, Writer, Written};

/// A file that is being written.
#[derive(Debug)]
pub struct MemoryWriter {
    driver: Driver,
    path: String,
    id: String,
    /// The parts that have arrived.
    parts: Vec<Bytes>,
    /// What has not arrived.
    pending: BytesMut,
    has_checkpoint: bool,
    ended: bool,
}

fn no_upload(path: &str) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, format!("{path}: there is no such upload"))
}

fn conflict(path: &str, why: &str) -> StorageError {
    StorageError::new(StorageErrorKind::Conflict, format!("{path}: {why}"))
}

impl MemoryWriter {
    pub(super) async fn begin(driver: &Driver, path: &str) -> Result<Self, StorageError> {
        let mut id = [0; 16];
        driver.fill(&mut id);
        let id: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
        let begin = driver.send(Operation::InitiateMultipartUpload, path, |bucket, now| {
            bucket.uploads.insert((path.to_owned(), id.clone()), StoredUpload::new(now));
            Ok(())
        });
        begin.await?;
        Ok(Self::of(driver, path, &id))
    }

    fn of(driver: &Driver, path: &str, id: &str) -> Self {
        Self {
            driver: driver.clone(),
            path: path.to_owned(),
            id: id.to_owned(),
            parts: Vec::new(),
            pending: BytesMut::new(),
            has_checkpoint: false,
            ended: false,
        }
    }

    pub(super) async fn resume(driver: &Driver, path: &str, id: &str) -> Result<Self, StorageError> {
        let key = (path.to_owned(), id.to_owned());
        let listed = driver.send(Operation::ListParts, path, |bucket, _| {
            bucket.uploads.get(&key).cloned().ok_or_else(|| no_upload(path))
        });
        let mut stored = listed.await?;
        let checkpoint = driver.send(Operation::GetObject, path, |bucket, _| Ok(bucket.uploads.get(&key).cloned()));
        if let Some(StoredUpload { kept, remainder, has_checkpoint, .. }) = checkpoint.await? {
            stored = StoredUpload { kept, remainder, has_checkpoint, ..stored };
        } else {
            stored = StoredUpload { kept: 0, remainder: None, has_checkpoint: false, ..stored };
        }
        let (parts, remainder) = stored.resumable();
        let writer = Self {
            parts,
            pending: BytesMut::from(&remainder[..]),
            has_checkpoint: stored.has_checkpoint,
            ..Self::of(driver, path, id)
        };
        if writer.size() < stored.kept as u64 {
            return Err(conflict(path, "the upload ended before what it was to begin with was copied"));
        }
        Ok(writer)
    }

    pub(super) async fn extend(driver: &Driver, path: &str) -> Result<Self, StorageError> {
        driver.head(path).await?;
        let content = driver.content(path).unwrap_or_default();
        let mut writer = Self::begin(driver, path).await?;
        let kept = content.len();
        writer.keep_beside(|upload| upload.kept = kept).await?;
        for part in content.chunks(driver.part_size()) {
            if driver.content(path).as_ref() != Some(&content) {
                return Err(conflict(path, "changed while it was copied"));
            }
            writer.pending.extend_from_slice(part);
            writer.send_part(part.len()).await?;
        }
        Ok(writer)
    }

    async fn keep_beside(&mut self, keep: impl FnOnce(&mut StoredUpload)) -> Result<(), StorageError> {
        let key = (self.path.clone(), self.id.clone());
        self.has_checkpoint = true;
        let kept = self.driver.send(Operation::PutObject, &self.path, |bucket, _| {
            // The object can be put whether there is an upload or not.
            if let Some(upload) = bucket.uploads.get_mut(&key) {
                keep(upload);
                upload.has_checkpoint = true;
            }
            Ok(())
        });
        kept.await
    }

    /// Sends the next part. It waits until it has arrived, so that a call that is given up leaves it to be sent again.
    async fn send_part(&mut self, length: usize) -> Result<(), StorageError> {
        let part: Bytes = self.pending.iter().take(length).copied().collect();
        let (key, number) = ((self.path.clone(), self.id.clone()), self.parts.len() + 1);
        let sent = self.driver.send(Operation::UploadPart, &self.path, |bucket, _| {
            let upload = bucket.uploads.get_mut(&key).ok_or_else(|| no_upload(&key.0))?;
            upload.parts.insert(number, part.clone());
            Ok(())
        });
        sent.await?;
        let _arrived = self.pending.split_to(length);
        self.parts.push(part);
        Ok(())
    }

    async fn take<C>(&mut self, content: &mut C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|error| {
                let message = format!("{}: the content broke off: {error}", self.path);
                StorageError::new(StorageErrorKind::BrokenContent, message)
            })?;
            self.pending.extend_from_slice(&piece);
            // As the driver does, keep a whole part back, because it may be the last one.
            while self.pending.len() > self.driver.part_size() {
                self.send_part(self.driver.part_size()).await?;
            }
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), StorageError> {
        if self.ended { Err(conflict(&self.path, "the writer has ended")) } else { Ok(()) }
    }

    async fn complete(&self, guard: Guard) -> Result<Written, StorageError> {
        let key = (self.path.clone(), self.id.clone());
        let complete = self.driver.send(Operation::CompleteMultipartUpload, &self.path, |bucket, date| {
            check(bucket, &key.0, guard, date)?;
            let stored = bucket.uploads.get(&key).ok_or_else(|| no_upload(&key.0))?;
            if self.parts.iter().zip(1..).any(|(part, number)| stored.parts.get(&number) != Some(part)) {
                return Err(StorageError::new(StorageErrorKind::Other, "a part is another than the one that is named"));
            }
            bucket.uploads.remove(&key);
            Ok(bucket.insert(&key.0, self.parts.concat().into(), date))
        });
        complete.await
    }

    /// As the driver does where the response is lost, or the upload gone: looks whether the file is what was written.
    async fn look(&self, error: StorageError) -> Result<Written, StorageError> {
        if !error.undecided && !error.is_not_found() {
            return Err(error);
        }
        let Ok(info) = self.driver.head(&self.path).await else { return Err(error) };
        if self.driver.content(&self.path).is_some_and(|content| content == self.parts.concat()) {
            return Ok(Written { size: info.size, date: self.driver.oss_time() });
        }
        Err(error)
    }

    async fn abort(&self) -> Result<(), StorageError> {
        let upload = Upload { path: self.path.clone(), id: self.id.clone(), initiated: self.driver.oss_time() };
        self.driver.abort(&[upload]).await
    }
}

impl Writer for MemoryWriter {
    fn size(&self) -> u64 {
        (self.parts.iter().map(Bytes::len).sum::<usize>() + self.pending.len()) as u64
    }

    async fn write<C>(&mut self, mut content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        self.check_open()?;
        let taken = self.take(&mut content).await;
        if taken.is_err() {
            // A piece was on its way to the driver when that failed, and is lost.
            let _lost = content.next().await;
        }
        taken
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.check_open()?;
        while self.pending.len() >= self.driver.part_size() {
            self.send_part(self.driver.part_size()).await?;
        }
        if !self.pending.is_empty() {
            let start = self.parts.iter().map(Bytes::len).sum();
            let remainder = Some((start, self.pending.clone().freeze()));
            self.keep_beside(|upload| upload.remainder = remainder).await?;
        }
        self.ended = true;
        Ok(())
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.check_open()?;
        self.abort().await?;
        self.ended = true;
        Ok(())
    }

    async fn commit(&mut self, guard: Guard) -> Result<Written, StorageError> {
        self.check_open()?;
        while !self.pending.is_empty() {
            self.send_part(self.pending.len().min(self.driver.part_size())).await?;
        }
        let written = if self.parts.is_empty() {
            // OSS makes no object of no parts.
            let written = self.driver.put(&self.path, Bytes::new(), guard).await?;
            self.abort().await?;
            written
        } else {
            match self.complete(guard).await {
                Ok(written) => written,
                Err(error) => self.look(error).await?,
            }
        };
        if self.has_checkpoint {
            // The file is there, whatever becomes of this.
            let _orphaned = self.driver.send(Operation::DeleteObject, &self.path, |_, _| Ok(())).await;
        }
        self.ended = true;
        Ok(written)
    }
}
