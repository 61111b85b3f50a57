//! The driver's methods.

use std::time::Duration;

use bytes::Bytes;

use super::objects::{Bucket, Object};
use super::upload::StoredUpload;
use super::writer::MemoryWriter;
use super::{Driver, MemoryContent, Operation};
use crate::ports::{
    ByteRange, Failed, Guard, ListRequest, Loaded, ObjectInfo, Opened, OssTime, Page, SignedUrl, Storage, StorageError,
    StorageErrorKind, Upload, UploadPage, Window, WriterStart, Written,
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

/// By so many seconds a request may be signed for a time that has not come.
const SKEW: u64 = 15 * 60;

/// The longest window, in seconds: a week.
const LONGEST_WINDOW: u64 = 7 * 24 * 60 * 60;

fn check_window(path: &str, window: Option<Window>, now: OssTime) -> Result<(), StorageError> {
    let Some(Window { start, end }) = window else { return Ok(()) };
    let refuse = |kind, why: &str| Err(StorageError::new(kind, format!("{path}: {why}")).dated(now));
    match end.0.checked_sub(start.0) {
        Some(1..=LONGEST_WINDOW) => {}
        _ => return refuse(StorageErrorKind::Other, "a request is signed for a second to a week"),
    }
    if now > end {
        return refuse(StorageErrorKind::TooLate, "the request came too late");
    }
    if now.0 + SKEW < start.0 {
        return refuse(StorageErrorKind::Denied, "the request is signed for a time that has not come");
    }
    Ok(())
}

fn slice(content: &Bytes, range: ByteRange) -> Bytes {
    let size = content.len();
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(size);
    match range {
        ByteRange::Whole => content.clone(),
        ByteRange::Within { offset, length } => content.slice(at(offset)..at(offset.saturating_add(length))),
        ByteRange::Last(length) => content.slice(size - at(length)..),
    }
}

impl Driver {
    async fn get(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        self.send(Operation::GetObject, path, |bucket, date| {
            let object = bucket.objects.get(path).ok_or_else(|| not_found(path, date))?;
            Ok(Loaded { info: object.info(), date, content: slice(&object.content, range) })
        })
        .await
    }

    pub(super) async fn head(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        self.send(Operation::HeadObject, path, |bucket, date| {
            Ok(bucket.objects.get(path).ok_or_else(|| not_found(path, date))?.info())
        })
        .await
    }
}

impl Storage for Driver {
    type Content = MemoryContent;
    type Writer = MemoryWriter;

    async fn load(&self, path: &str, range: ByteRange) -> Result<Loaded, StorageError> {
        self.get(path, range).await
    }

    async fn open(&self, path: &str, range: ByteRange) -> Result<Opened<MemoryContent>, StorageError> {
        let Loaded { info, content, .. } = self.get(path, range).await?;
        let (length, breaks) = (content.len() as u64, self.breaks());
        Ok(Opened { info, length, content: MemoryContent { left: content, breaks } })
    }

    async fn stat(&self, path: &str) -> Result<ObjectInfo, StorageError> {
        self.head(path).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<Page, StorageError> {
        self.send(Operation::ListObjects, request.directory, |bucket, date| Ok(bucket.list(request, date))).await
    }

    async fn put(&self, path: &str, content: Bytes, guard: Guard) -> Result<Written, StorageError> {
        self.send(Operation::PutObject, path, |bucket, date| {
            check(bucket, path, guard, date)?;
            Ok(bucket.insert(path, content, date))
        })
        .await
    }

    async fn append(&self, path: &str, position: u64, content: Bytes, window: Window) -> Result<(), StorageError> {
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
            bucket.objects.insert(path.to_owned(), Object { appendable: true, ..Object::new(whole.into(), date) });
            Ok(())
        })
        .await
    }

    async fn writer(&self, path: &str, start: WriterStart<'_>) -> Result<MemoryWriter, StorageError> {
        match start {
            WriterStart::New { .. } => MemoryWriter::begin(self, path).await,
            WriterStart::Resume { upload_id } => MemoryWriter::resume(self, path, upload_id).await,
            WriterStart::Extend => MemoryWriter::extend(self, path).await,
        }
    }

    async fn copy(&self, source: &str, destination: &str, guard: Guard) -> Result<Written, StorageError> {
        self.head(source).await?;
        self.send(Operation::CopyObject, destination, |bucket, date| {
            check(bucket, destination, guard, date)?;
            let content = bucket.objects.get(source).ok_or_else(|| not_found(source, date))?.content.clone();
            Ok(bucket.insert(destination, content, date))
        })
        .await
    }

    async fn delete(&self, paths: &[String], window: Option<Window>) -> Result<Failed, StorageError> {
        let operation = if paths.len() == 1 { Operation::DeleteObject } else { Operation::DeleteMultipleObjects };
        let mut failed = Failed::new();
        for batch in paths.chunks(BATCH) {
            let first = batch.first().map(String::as_str).unwrap_or_default();
            let (left, deleted): (Vec<&String>, Vec<&String>) =
                batch.iter().partition(|path| batch.len() > 1 && self.is_undeletable(path));
            self.send(operation, first, |bucket, now| {
                check_window(first, window, now)?;
                for path in deleted {
                    bucket.objects.remove(path);
                }
                Ok(())
            })
            .await?;
            failed.extend(left.into_iter().map(|path| {
                let message = format!("{path}: OSS did not delete it");
                (path.clone(), StorageError::new(StorageErrorKind::Unavailable, message))
            }));
        }
        Ok(failed)
    }

    async fn url_for(&self, path: &str, _: Duration) -> Result<SignedUrl, StorageError> {
        Ok(SignedUrl { url: format!("https://bucket.example{path}?signed") })
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
        .await
    }

    async fn abort(&self, uploads: &[Upload]) -> Result<(), StorageError> {
        for upload in uploads {
            self.send(Operation::AbortMultipartUpload, &upload.path, |bucket, _| {
                bucket.uploads.remove(&(upload.path.clone(), upload.id.clone()));
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}
