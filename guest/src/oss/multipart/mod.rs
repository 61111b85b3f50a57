//! Objects made of parts (OSS documentation: *Multipart upload*): one file for each operation.

mod abort;
mod complete;
mod initiate;
pub(super) mod list_parts;
pub(super) mod list_uploads;
mod part_content;
mod part_copy;
mod upload_part;

pub use list_parts::ListedPart;
pub use list_uploads::{ListedUpload, Uploads, UploadsRequest};
pub use part_content::PartContent;
pub use part_copy::PartCopy;
pub use upload_part::UploadedPart;

/// OSS's error code for an upload that was completed, aborted or never initiated.
pub(crate) const NO_SUCH_UPLOAD: &str = "NoSuchUpload";

/// Whether an error has the code [`NO_SUCH_UPLOAD`].
pub(crate) fn is_no_such_upload(error: &crate::error::Error) -> bool {
    error.answer.as_ref().is_some_and(|answer| answer.code == NO_SUCH_UPLOAD)
}
