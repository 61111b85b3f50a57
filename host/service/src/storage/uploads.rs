//! Uploads that were neither committed nor cancelled.

use std::time::Duration;

use futures_util::StreamExt;
use ossicle::{Blobs, PageOptions, UploadInfo};
use ossicle_registry::ports::{StorageError, Upload, UploadPage};

use super::error::storage_error;
use super::time::{moment, oss_time, stated};

/// How many uploads a page has at most. The driver streams them from the beginning for each page, so that a page is as large
/// as a process can well hold.
const PAGE: usize = 10_000;

fn is_behind(upload: &Upload, after: Option<&Upload>) -> bool {
    after.is_none_or(|after| (&upload.path, &upload.id) > (&after.path, &after.id))
}

/// A page. 1 request for each 1000 uploads up to its end, and 1 for OSS's time, which a listing of uploads does not tell.
pub(super) async fn page(blobs: &Blobs, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
    let dated = blobs.list_page(directory, PageOptions::new().limit(1)).await.map_err(storage_error)?;
    let date = oss_time(stated(dated.date, directory, "Date", false)?);
    let mut found = blobs.uploads(directory, Duration::ZERO).await.map_err(storage_error)?;
    let mut uploads = Vec::new();
    while let Some(info) = found.next().await {
        let info = info.map_err(storage_error)?;
        let upload = Upload { path: info.path, id: info.upload_id, initiated: oss_time(info.initiated) };
        if !is_behind(&upload, after) {
            continue;
        }
        if uploads.len() == PAGE {
            return Ok(UploadPage { next: uploads.last().cloned(), uploads, date });
        }
        uploads.push(upload);
    }
    Ok(UploadPage { uploads, next: None, date })
}

/// Aborts uploads.
pub(super) async fn abort(blobs: &Blobs, uploads: &[Upload]) -> Result<(), StorageError> {
    let uploads: Vec<UploadInfo> = uploads
        .iter()
        .map(|upload| UploadInfo::new(upload.path.clone(), upload.id.clone(), moment(upload.initiated)))
        .collect();
    blobs.remove_uploads(&uploads).await.map_err(storage_error)
}
