//! The driver, and its operations that take one request.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::conditions::{Conditions, WriteOptions};
use super::error::{DriverError, Reason};
use super::options::Options;
use super::path::{Path, directory_of};
use super::written::Written;
use crate::config::Settings;
use crate::credentials::Provider;
use crate::error::{Error, ErrorKind};
use crate::key::{ObjectName, Root};
use crate::oss::{Attributes, Client, Condition, ListFrom, ListRequest, Loaded};
use crate::ports::Ports;

/// The driver's name, as upstream registers it and its errors carry it.
pub const NAME: &str = "oss";

/// The most that is read or written at once, in bytes.
pub const MAX_CONTENT: u64 = 128 << 20;

/// A driver for one bucket. Clones share their state.
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

    /// The attributes of a file that is written with this content type.
    pub(super) fn attributes(&self, content_type: Option<&str>) -> Attributes {
        let mut attributes = self.options.attributes.clone();
        if let Some(content_type) = content_type {
            attributes.set("content-type", content_type);
        }
        attributes
    }
}

impl<P: Ports> Driver<P> {
    /// A driver with these settings and options. Sends nothing.
    pub fn new(ports: P, settings: Settings, options: Options) -> Self {
        Self(Rc::new(Inner { client: Client::new(ports, settings), options }))
    }

    /// The driver's credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        self.0.client.credentials()
    }

    /// Lists one object and returns the response's `Date`, in seconds since 1970. 1 request.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn check(&self) -> Result<Option<u64>, DriverError> {
        let prefix = directory_of(self.0.root());
        let request = ListRequest { key: None, prefix: &prefix, one_level: false, from: ListFrom::Start, max_keys: 1 };
        Ok(self.0.client.list_objects(&request).await?.date)
    }

    /// The whole content of a file. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Conflict`] and [`ErrorKind::NotModified`] as the condition says;
    /// [`ErrorKind::Unsupported`] when it is larger than [`MAX_CONTENT`]; [`ErrorKind::Corrupt`]; and anything a request can
    /// fail with.
    pub async fn get_content(&self, path: &str, condition: Condition<'_>) -> Result<Loaded, DriverError> {
        let object = self.file(path)?;
        Ok(self.0.client.get_object_if(path, &object, MAX_CONTENT, condition).await?)
    }

    /// Makes or replaces a file. 1 request.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the content is larger than [`MAX_CONTENT`] or the window can't be one;
    /// [`ErrorKind::Conflict`] and [`ErrorKind::TooLate`] as the options say; and anything a request can fail with.
    pub async fn put_content(
        &self,
        path: &str,
        content: Bytes,
        options: &WriteOptions,
    ) -> Result<Written, DriverError> {
        let object = self.file(path)?;
        let conditions = Conditions::check(path, options.publish)?;
        if content.len() as u64 > MAX_CONTENT {
            let message =
                format!("the content has {} bytes, and at most {MAX_CONTENT} can be put: use a writer", content.len());
            return Err(unsupported(path, message));
        }
        let (size, attributes) = (content.len() as u64, self.0.attributes(options.content_type.as_deref()));
        let made = self.0.client.put_object_with(path, &object, content, &attributes, conditions.change()).await?;
        Ok(Written::from_answer(size, made, &conditions))
    }

    /// The object that stores the file at a path.
    pub(super) fn file(&self, path: &str) -> Result<ObjectName, DriverError> {
        Path::parse(path)?.object(self.0.root())
    }
}

/// Converts an offset and rejects a negative one.
pub(super) fn check_offset(path: &str, offset: i64) -> Result<u64, DriverError> {
    u64::try_from(offset).map_err(|_| DriverError::new(path, Reason::InvalidOffset).at(offset))
}

pub(super) fn unsupported(path: &str, message: impl Into<String>) -> DriverError {
    Error::new(ErrorKind::Unsupported, path, message).into()
}

pub(super) fn not_found(path: &str) -> DriverError {
    not_found_error(path).into()
}

pub(super) fn not_found_error(path: &str) -> Error {
    Error::new(ErrorKind::NotFound, path, "there is nothing at the path or below it")
}

/// The additional time that OSS may take to copy so many bytes: 1 s for each 16 MiB.
pub(super) fn copy_allowance(bytes: u64) -> Duration {
    Duration::from_secs(bytes / (16 << 20))
}
