//! What is known of a path.

use super::driver::{Driver, nothing};
use super::error::DriverError;
use super::path::Path;
use crate::error::{Error, ErrorKind};
use crate::oss::{Condition, ListFrom, ListRequest, ObjectMeta, ObjectState};
use crate::ports::Ports;

/// What is known of a path.
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
    /// The ETag, quoted, where it is told: not of a directory, nor in a walk.
    pub etag: Option<String>,
    /// The answer's `Date`, in seconds since 1970, where it is told: not in a walk.
    pub date: Option<u64>,
}

impl FileInfo {
    pub(super) fn directory(path: impl Into<String>) -> Self {
        Self { path: path.into(), size: 0, modified: 0, is_dir: true, etag: None, date: None }
    }
}

impl<P: Ports> Driver<P> {
    /// What OSS states of a file; directories are not looked for. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no file, and anything a request can fail with.
    pub async fn stat_file(&self, path: &str) -> Result<ObjectState, DriverError> {
        let object = self.file(path)?;
        Ok(self.0.client.head_object_if(path, &object, Condition::default()).await?)
    }

    /// What is known of a file or directory; `/` is a directory always. 1 request for a file and for `/`, 2 otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is neither, and anything a request can fail with.
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
                // A path of the greatest length has nothing below it, but OSS still has to say whether there is a bucket.
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
                    return Err(DriverError::from(Error { answer: error.answer, ..nothing(path) }));
                }
                Ok(FileInfo { date: page.date, ..FileInfo::directory(path) })
            }
            Err(error) => Err(error.into()),
        }
    }
}
