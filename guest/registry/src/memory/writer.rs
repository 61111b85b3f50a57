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
    /// What fills no part yet.
    pending: BytesMut,
    stored: u64,
    ended: bool,
}

fn no_upload(path: &str) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, format!("{path}: there is no such upload"))
}

fn ended(path: &str) -> StorageError {
    StorageError::new(StorageErrorKind::Conflict, format!("{path}: the writer has ended"))
}

impl MemoryWriter {
    pub(super) fn begin(driver: &Driver, path: &str) -> Result<Self, StorageError> {
        let mut id = [0; 16];
        driver.fill(&mut id);
        let id: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
        driver.send(Operation::InitiateMultipartUpload, path, |bucket, now| {
            let upload = StoredUpload { initiated: now, parts: Vec::new(), remainder: None };
            bucket.uploads.insert((path.to_owned(), id.clone()), upload);
            Ok(())
        })?;
        Ok(Self {
            driver: driver.clone(),
            path: path.to_owned(),
            id,
            pending: BytesMut::new(),
            stored: 0,
            ended: false,
        })
    }

    pub(super) fn resume(driver: &Driver, path: &str, id: &str) -> Result<Self, StorageError> {
        let key = (path.to_owned(), id.to_owned());
        let upload = driver.send(Operation::ListParts, path, |bucket, _| {
            bucket.uploads.get(&key).cloned().ok_or_else(|| no_upload(path))
        })?;
        let mut pending = BytesMut::new();
        if let Some(remainder) = &upload.remainder {
            driver.send(Operation::GetObject, path, |_, _| Ok(()))?;
            driver.send(Operation::DeleteObject, path, |bucket, _| {
                bucket.uploads.get_mut(&key).ok_or_else(|| no_upload(path))?.remainder = None;
                Ok(())
            })?;
            pending.extend_from_slice(remainder);
        }
        let stored = upload.parts.iter().map(|part| part.len() as u64).sum();
        Ok(Self { driver: driver.clone(), path: key.0, id: key.1, pending, stored, ended: false })
    }

    pub(super) fn extend(driver: &Driver, path: &str) -> Result<Self, StorageError> {
        let stat = driver.head(path)?;
        let content = driver.content(path).unwrap_or_default();
        let mut writer = Self::begin(driver, path)?;
        writer.pending.extend_from_slice(&content);
        while !writer.pending.is_empty() {
            writer.send_part(writer.pending.len().min(driver.part_size()))?;
        }
        if writer.stored != stat.size {
            return Err(StorageError::new(StorageErrorKind::Conflict, format!("{path}: changed while it was copied")));
        }
        Ok(writer)
    }

    fn send_part(&mut self, length: usize) -> Result<(), StorageError> {
        let part: Bytes = self.pending.split_to(length).freeze();
        let key = (self.path.clone(), self.id.clone());
        let sent = self.driver.send(Operation::UploadPart, &self.path, |bucket, _| {
            let upload = bucket.uploads.get_mut(&key).ok_or_else(|| no_upload(&key.0))?;
            upload.parts.push(part.clone());
            Ok(())
        });
        match sent {
            Ok(()) => self.stored += part.len() as u64,
            Err(error) => {
                // A part that is sent again has its number again: what a lost response left is replaced.
                if error.undecided
                    && let Some(upload) = self.driver.bucket().uploads.get_mut(&key)
                    && upload.parts.last() == Some(&part)
                {
                    upload.parts.pop();
                }
                let rest = std::mem::replace(&mut self.pending, BytesMut::from(part.as_ref()));
                self.pending.extend_from_slice(&rest);
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Writer for MemoryWriter {
    fn size(&self) -> u64 {
        self.stored + self.pending.len() as u64
    }

    async fn write<C>(&mut self, mut content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        if self.ended {
            return Err(ended(&self.path));
        }
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|error| {
                let message = format!("{}: the content broke off: {error}", self.path);
                StorageError::new(StorageErrorKind::BrokenContent, message)
            })?;
            self.pending.extend_from_slice(&piece);
            // As the driver does, keep a whole part back, because it may be the last one.
            while self.pending.len() > self.driver.part_size() {
                self.send_part(self.driver.part_size())?;
            }
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        if self.ended {
            return Ok(());
        }
        while self.pending.len() >= self.driver.part_size() {
            self.send_part(self.driver.part_size())?;
        }
        if !self.pending.is_empty() {
            let key = (self.path.clone(), self.id.clone());
            let remainder = self.pending.clone().freeze();
            self.driver.send(Operation::PutObject, &self.path, |bucket, _| {
                bucket.uploads.get_mut(&key).ok_or_else(|| no_upload(&key.0))?.remainder = Some(remainder);
                Ok(())
            })?;
        }
        self.ended = true;
        Ok(())
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        if self.ended {
            return Err(ended(&self.path));
        }
        let initiated = self.driver.oss_time();
        let upload = Upload { path: self.path.clone(), id: self.id.clone(), initiated };
        self.driver.abort(&[upload]).await?;
        self.ended = true;
        Ok(())
    }

    async fn commit(&mut self, guard: Guard) -> Result<Written, StorageError> {
        if self.ended {
            return Err(ended(&self.path));
        }
        while !self.pending.is_empty() {
            self.send_part(self.pending.len().min(self.driver.part_size()))?;
        }
        let key = (self.path.clone(), self.id.clone());
        let written = self.driver.send(Operation::CompleteMultipartUpload, &self.path, |bucket, date| {
            check(bucket, &key.0, guard, date)?;
            let upload = bucket.uploads.remove(&key).ok_or_else(|| no_upload(&key.0))?;
            let content: Vec<u8> = upload.parts.concat();
            Ok(bucket.insert(&key.0, content.into(), date))
        });
        match written {
            Err(error) if error.undecided && !self.driver.bucket().uploads.contains_key(&key) => {
                // As the driver does where the response is lost: look at the file.
                let stat = self.driver.stat(&self.path).await?;
                self.ended = true;
                Ok(Written { size: stat.size, date: self.driver.oss_time() })
            }
            Ok(written) => {
                self.ended = true;
                Ok(written)
            }
            Err(error) => Err(error),
        }
    }
}
