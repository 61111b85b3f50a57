//! What is known of a path.

use super::driver::{Driver, not_found};
use super::error::DriverError;
use super::path::Path;
use crate::error::ErrorKind;
use crate::oss::{ListFrom, ListRequest};
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
}

impl FileInfo {
    pub(super) fn directory(path: impl Into<String>) -> Self {
        Self { path: path.into(), size: 0, modified: 0, is_dir: true }
    }
}

impl<P: Ports> Driver<P> {
    /// What is known of a file or directory; `/` is a directory always. 1 request for a file and for `/`, 2 otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is neither, and anything a request can fail with.
    pub async fn stat(&self, path: &str) -> Result<FileInfo, DriverError> {
        let parsed = Path::parse_directory(path)?;
        if parsed.is_root() {
            self.check().await?;
            return Ok(FileInfo::directory(path));
        }
        let object = parsed.object(self.0.root())?;
        match self.0.client.head_object(path, &object).await {
            Ok(meta) => Ok(FileInfo { path: path.to_owned(), size: meta.size, modified: meta.modified, is_dir: false }),
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
                if page.objects.is_empty() { Err(not_found(path)) } else { Ok(FileInfo::directory(path)) }
            }
            Err(error) => Err(error.into()),
        }
    }
}
