//! The driver's methods.

use std::time::Duration;

use bytes::Bytes;

use super::objects::{Bucket, Object};
use super::upload::StoredUpload;
use super::writer::MemoryWriter;
use super::{Driver, MemoryContent, Operation};
use crate::ports::{
    Appended, ByteRange, Condition, Deleted, Guard, ListRequest, Loaded, Opened, OssTime, Page, SignedUrl, Stat,
    Storage, StorageError, StorageErrorKind, Upload, UploadPage, Window, WriterStart, Written,
};

/// How many files one request deletes at most.
const BATCH: usize = 1000;

/// How many uploads a page has at most.
const UPLOADS: usize = 1000;

fn not_found(path: &str, date: OssTime) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, format!("{path}: there is no such file")).dated(date)
}

/// Whether the guard lets a write of this path through.
pub(super) fn check(bucket: &Bucket, path: &str, guard: Guard, now: OssTime) -> Result<(), StorageError> {
    check_window(path, guard.window, now)?;
    if guard.create_only && bucket.objects.contains_key(path) {
        return Err(StorageError::new(StorageErrorKind::Exists, format!("{path}: there is a file already")).dated(now));
    }
    Ok(())
}

fn check_window(path: &str, window: Option<Window>, now: OssTime) -> Result<(), StorageError> {
    match window {
        Some(window) if now > window.end => {
            Err(StorageError::new(StorageErrorKind::TooLate, format!("{path}: the request came too late")).dated(now))
        }
        _ => Ok(()),
    }
}

fn slice(content: &Bytes, range: ByteRange) -> Bytes {
    let size = content.len();
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(size);
    match range {
        ByteRange::Whole => content.clone(),
        ByteRange::From(offset) => content.slice(at(offset)..),
        ByteRange::Within { offset, length } => content.slice(at(offset)..at(offset.saturating_add(length))),
        ByteRange::Last(length) => content.slice(size - at(length)..),
    }
}

/// Checks the condition. `Ok(false)`: the file still has the ETag that the reader knows.
fn matches(path: &str, object: &Object, condition: &Condition, date: OssTime) -> Result<bool, StorageError> {
    match condition {
        Condition::IfNoneMatch(etag) if *etag == object.etag => Ok(false),
        Condition::IfMatch(etag) if *etag != object.etag => {
            Err(StorageError::new(StorageErrorKind::Conflict, format!("{path}: another ETag")).dated(date))
        }
        _ => Ok(true),
    }
}

impl Driver {
    fn get(&self, path: &str, range: ByteRange, condition: &Condition) -> Result<Option<Loaded>, StorageError> {
        self.send(Operation::GetObject, path, |bucket, date| {
            let object = bucket.objects.get(path).ok_or_else(|| not_found(path, date))?;
            let matches = matches(path, object, condition, date)?;
            Ok(matches.then(|| Loaded { info: object.info(), date, content: slice(&object.content, range) }))
        })
    }

    pub(super) fn head(&self, path: &str) -> Result<Stat, StorageError> {
        self.send(Operation::HeadObject, path, |bucket, date| {
            let object = bucket.objects.get(path).ok_or_else(|| not_found(path, date))?;
            Ok(Stat { info: object.info(), date })
        })
    }
}

impl Storage for Driver {
    type Content = MemoryContent;
    type Writer = MemoryWriter;

    async fn load(&self, path: &str, range: ByteRange, condition: Condition) -> Result<Option<Loaded>, StorageError> {
        self.get(path, range, &condition)
    }

    async fn open(
        &self,
        path: &str,
        range: ByteRange,
        condition: Condition,
    ) -> Result<Option<Opened<MemoryContent>>, StorageError> {
        let loaded = self.get(path, range, &condition)?;
        Ok(loaded.map(|Loaded { info, date, content }| Opened {
            info,
            date,
            length: content.len() as u64,
            content: MemoryContent { left: content, breaks: self.breaks() },
        }))
    }

    async fn stat(&self, path: &str) -> Result<Stat, StorageError> {
        self.head(path)
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        self.send(Operation::ListObjects, request.directory, |bucket, date| Ok(bucket.list(request, date)))
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        self.send(Operation::PutObject, path, |bucket, date| {
            check(bucket, path, guard, date)?;
            Ok(Written { etag: bucket.insert(path, content, date), date })
        })
    }

    async fn append(
        &self,
        path: &str,
        position: u64,
        content: Bytes,
        window: Window,
    ) -> Result<Appended, StorageError> {
        self.send(Operation::AppendObject, path, |bucket, date| {
            check_window(path, Some(window), date)?;
            let old = bucket.objects.get(path);
            let conflict =
                |message: &str| StorageError::new(StorageErrorKind::Conflict, format!("{path}: {message}")).dated(date);
            if old.is_some_and(|object| !object.appendable) {
                return Err(conflict("not an appendable file"));
            }
            let mut whole = old.map(|object| object.content.to_vec()).unwrap_or_default();
            if whole.len() as u64 != position {
                return Err(conflict("another length"));
            }
            whole.extend_from_slice(&content);
            let length = whole.len() as u64;
            let object = Object { appendable: true, ..Object::new(whole.into(), date, bucket.next_serial()) };
            bucket.objects.insert(path.to_owned(), object);
            Ok(Appended { length, date })
        })
    }

    async fn writer(&self, path: &str, start: WriterStart<'_>) -> Result<MemoryWriter, StorageError> {
        match start {
            WriterStart::New { .. } => MemoryWriter::begin(self, path),
            WriterStart::Resume { upload_id, offset } => MemoryWriter::resume(self, path, upload_id, offset),
            WriterStart::Extend => MemoryWriter::extend(self, path),
        }
    }

    async fn copy(&self, source: &str, destination: &str, guard: Guard) -> Result<Written, StorageError> {
        self.head(source)?;
        self.send(Operation::CopyObject, destination, |bucket, date| {
            check(bucket, destination, guard, date)?;
            let content = bucket.objects.get(source).ok_or_else(|| not_found(source, date))?.content.clone();
            Ok(Written { etag: bucket.insert(destination, content, date), date })
        })
    }

    async fn delete(&self, paths: &[String], window: Option<Window>) -> Result<Deleted, StorageError> {
        let operation = if paths.len() == 1 { Operation::DeleteObject } else { Operation::DeleteMultipleObjects };
        let mut date = self.oss_time();
        for batch in paths.chunks(BATCH) {
            let first = batch.first().map(String::as_str).unwrap_or_default();
            date = self.send(operation, first, |bucket, now| {
                check_window(first, window, now)?;
                for path in batch {
                    bucket.objects.remove(path);
                }
                Ok(now)
            })?;
        }
        Ok(Deleted { failed: Vec::new(), date })
    }

    async fn url_for(&self, path: &str, expiry: Duration) -> Result<SignedUrl, StorageError> {
        Ok(SignedUrl { url: format!("https://bucket.example{path}?signed"), holds_for: expiry })
    }

    async fn uploads(&self, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        self.send(Operation::ListMultipartUploads, directory, |bucket, date| {
            let after = after.map(|upload| (upload.path.clone(), upload.id.clone()));
            let later = |key: &&(String, String)| after.as_ref().is_none_or(|after| *key > after);
            let mut uploads: Vec<_> = bucket
                .uploads
                .iter()
                .filter(|(key, _)| key.0.starts_with(&prefix) && later(key))
                .map(|((path, id), StoredUpload { initiated, .. })| Upload {
                    path: path.clone(),
                    id: id.clone(),
                    initiated: *initiated,
                })
                .take(UPLOADS + 1)
                .collect();
            let more = uploads.len() > UPLOADS;
            uploads.truncate(UPLOADS);
            Ok(UploadPage { next: uploads.last().filter(|_| more).cloned(), uploads, date })
        })
    }

    async fn abort(&self, uploads: &[Upload]) -> Result<(), StorageError> {
        for upload in uploads {
            self.send(Operation::AbortMultipartUpload, &upload.path, |bucket, _| {
                bucket.uploads.remove(&(upload.path.clone(), upload.id.clone()));
                Ok(())
            })?;
        }
        Ok(())
    }
}
