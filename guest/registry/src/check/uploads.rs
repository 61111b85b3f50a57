//! Checks for abandoned uploads.

use super::{Check, Finding};
use crate::layout;
use crate::ports::{OssTime, Storage, StorageError};

impl<S: Storage, F: FnMut(Finding)> Check<'_, S, F> {
    /// Whether an upload was last used so long ago that it counts as abandoned.
    pub(super) fn is_abandoned(&self, touched: OssTime, now: OssTime) -> bool {
        touched.0.saturating_add(self.options.unused_for.as_secs()) <= now.0
    }

    /// Lists the uploads in parts, in both folders in which they can be.
    pub(super) async fn parts(&mut self) -> Result<(), StorageError> {
        for directory in [layout::repositories(), layout::blobs()] {
            let mut after = None;
            loop {
                let page = self.storage.uploads(&directory, after.as_ref()).await?;
                for upload in page.uploads {
                    if self.is_abandoned(upload.initiated, page.date) {
                        let (path, upload_id, initiated) = (upload.path, upload.id, upload.initiated);
                        self.found(Finding::LeftParts { path, upload_id, initiated });
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}
