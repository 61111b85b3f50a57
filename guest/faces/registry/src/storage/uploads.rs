//! Uploads that were neither committed nor cancelled.

use super::error::storage_error;
use super::values::stated;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::{Driver, UploadInfo};
use ossicle_registry::ports::{OssTime, StorageError, Upload, UploadPage};
use wit_bindgen::StreamResult;

/// How many uploads a page has at most. The driver streams them from the beginning for each page, so that a page is as large
/// as an instance can well hold.
const PAGE: usize = 10_000;

/// How many are taken from the stream at once: what one listing has.
const AT_ONCE: usize = 1000;

fn is_behind(upload: &Upload, after: Option<&Upload>) -> bool {
    after.is_none_or(|after| (&upload.path, &upload.id) > (&after.path, &after.id))
}

/// A page. 1 request for each 1000 uploads up to its end.
pub async fn page(driver: &Driver, directory: &str, after: Option<&Upload>) -> Result<UploadPage, StorageError> {
    let (date, mut found, end) = driver.list_uploads(directory.to_owned(), 0).await.map_err(storage_error)?;
    let date = stated(date, directory, "Date", false)?;
    let mut uploads = Vec::new();
    loop {
        let (result, infos) = found.read(Vec::with_capacity(AT_ONCE)).await;
        for info in infos {
            let upload = Upload { path: info.path, id: info.upload_id, initiated: OssTime(info.initiated) };
            if !is_behind(&upload, after) {
                continue;
            }
            if uploads.len() == PAGE {
                return Ok(UploadPage { next: uploads.last().cloned(), uploads, date });
            }
            uploads.push(upload);
        }
        if !matches!(result, StreamResult::Complete(_)) {
            break;
        }
    }
    end.await.map_err(storage_error)?;
    Ok(UploadPage { uploads, next: None, date })
}

/// Aborts uploads.
pub async fn abort(driver: &Driver, uploads: &[Upload]) -> Result<(), StorageError> {
    let uploads = uploads.iter().map(|upload| UploadInfo {
        path: upload.path.clone(),
        upload_id: upload.id.clone(),
        initiated: upload.initiated.0,
    });
    driver.remove_uploads(uploads.collect()).await.map_err(storage_error)
}
