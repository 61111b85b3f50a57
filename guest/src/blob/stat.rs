//! The metadata of a file or directory.

use super::driver::{Driver, not_found_error};
use super::error::DriverError;
use super::path::Path;
use crate::error::{Error, ErrorKind};
use crate::oss::{Condition, ListFrom, ListRequest, ObjectMeta, ObjectState};
use crate::ports::Ports;

/// The metadata of a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// The path.
    pub path: String,
    /// In bytes; 0 for a directory.
    pub size: u64,
    /// When it was last changed, in seconds since 1970; 0 for a directory.
    pub modified: u64,
    /// True for a directory.
    pub is_dir: bool,
    /// The ETag, quoted; `None` for a directory and in a listing.
    pub etag: Option<String>,
    /// The response's `Date`, in seconds since 1970; `None` in a listing.
    pub date: Option<u64>,
}

impl FileInfo {
    pub(super) fn directory(path: impl Into<String>) -> Self {
        Self { path: path.into(), size: 0, modified: 0, is_dir: true, etag: None, date: None }
    }
}

impl<P: Ports> Driver<P> {
    /// What OSS states about a file; directories are not looked for. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such file, and anything a request can fail with.
    pub async fn stat_file(&self, path: &str) -> Result<ObjectState, DriverError> {
        let object = self.file(path)?;
        Ok(self.0.client.head_object_if(path, &object, Condition::default()).await?)
    }

    /// The metadata of a file or directory; `/` is always a directory. 1 request for a file and for `/`, 2 otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the path is neither, and anything a request can fail with.
    pub async fn stat(&self, path: &str) -> Result<FileInfo, DriverError> {
        let parsed = Path::parse_directory(path)?;
        if parsed.is_root() {
            let date = self.check().await?;
            return Ok(FileInfo { date, ..FileInfo::directory(path) });
        }
        let object = parsed.object(self.0.root())?;
        match self.0.client.head_object(path, &object).await {
            Ok(meta) => {
                let ObjectMeta { size, modified, etag, date, .. } = meta;
                Ok(FileInfo { path: path.to_owned(), size, modified, is_dir: false, etag, date })
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                // A path of the greatest length has nothing below it, but the request still shows whether the bucket
                // exists.
                let prefix = parsed.prefix(self.0.root()).unwrap_or_else(|| object.as_str().to_owned());
                let request = ListRequest {
                    key: Some(path),
                    prefix: &prefix,
                    one_level: false,
                    from: ListFrom::Start,
                    max_keys: 1,
                };
                let page = self.0.client.list_objects(&request).await?;
                if page.objects.is_empty() {
                    return Err(DriverError::from(Error { answer: error.answer, ..not_found_error(path) }));
                }
                Ok(FileInfo { date: page.date, ..FileInfo::directory(path) })
            }
            Err(error) => Err(error.into()),
        }
    }
}
