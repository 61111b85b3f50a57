//! The driver, and what is done by one request.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::error::{DriverError, Reason};
use super::options::Options;
use super::path::{Path, directory_of};
use crate::config::Settings;
use crate::credentials::Provider;
use crate::error::{Error, ErrorKind};
use crate::key::{ObjectName, Root};
use crate::oss::{Client, ListFrom, ListRequest};
use crate::ports::Ports;

/// The driver's name, as upstream registers it and its errors carry it.
pub const NAME: &str = "oss";

/// The most that is read or written at once, in bytes.
pub const MAX_CONTENT: u64 = 128 << 20;

/// A driver over one bucket. Clones are the same driver.
pub struct Driver<P>(pub(super) Rc<Inner<P>>);

pub(super) struct Inner<P> {
    pub(super) client: Client<P>,
    pub(super) options: Options,
}

impl<P> Clone for Driver<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Ports> Inner<P> {
    pub(super) fn root(&self) -> &Root {
        &self.client.settings().root
    }
}

impl<P: Ports> Driver<P> {
    /// A driver by these settings and options. Sends nothing.
    pub fn new(ports: P, settings: Settings, options: Options) -> Self {
        Self(Rc::new(Inner { client: Client::new(ports, settings), options }))
    }

    /// Its credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        self.0.client.credentials()
    }

    /// Lists one object. 1 request.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn check(&self) -> Result<(), DriverError> {
        let prefix = directory_of(self.0.root());
        let request = ListRequest { key: None, prefix: &prefix, one_level: false, from: ListFrom::Start, max_keys: 1 };
        self.0.client.list_objects(&request).await?;
        Ok(())
    }

    /// The whole content of a file. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Unsupported`] when it is larger than [`MAX_CONTENT`]; [`ErrorKind::Corrupt`];
    /// and anything a request can fail with.
    pub async fn get_content(&self, path: &str) -> Result<Bytes, DriverError> {
        let object = self.file(path)?;
        Ok(self.0.client.get_object(path, &object, MAX_CONTENT).await?.bytes)
    }

    /// Makes or replaces a file. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the content is larger than [`MAX_CONTENT`], and anything a request can fail with.
    pub async fn put_content(&self, path: &str, content: Bytes) -> Result<(), DriverError> {
        let object = self.file(path)?;
        if content.len() as u64 > MAX_CONTENT {
            let message =
                format!("the content has {} bytes, and at most {MAX_CONTENT} can be put: use a writer", content.len());
            return Err(unsupported(path, message));
        }
        Ok(self.0.client.put_object_with(path, &object, content, &self.0.options.attributes).await?)
    }

    /// The object of a path.
    pub(super) fn file(&self, path: &str) -> Result<ObjectName, DriverError> {
        Path::parse(path)?.object(self.0.root())
    }
}

/// An offset that is not negative.
pub(super) fn offset(path: &str, offset: i64) -> Result<u64, DriverError> {
    u64::try_from(offset).map_err(|_| DriverError::new(path, Reason::InvalidOffset).at(offset))
}

pub(super) fn unsupported(path: &str, message: impl Into<String>) -> DriverError {
    Error::new(ErrorKind::Unsupported, path, message).into()
}

pub(super) fn not_found(path: &str) -> DriverError {
    Error::new(ErrorKind::NotFound, path, "there is nothing at the path or below it").into()
}

/// How much longer than usual OSS may take to copy so many bytes: 1 s for each 16 MiB.
pub(super) fn patience(bytes: u64) -> Duration {
    Duration::from_secs(bytes / (16 << 20))
}
