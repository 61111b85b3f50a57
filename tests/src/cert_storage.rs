//! `cert-storage` as a behaviour suite sees it, whatever implements it.

use std::future::Future;
use std::time::SystemTime;

use ossicle::ErrorKind;
use ossicle_guest::cert::{ListedValue, Storage};
use ossicle_guest::error::{Error as CoreError, ErrorKind as CoreKind};

use crate::native::Native;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key as it was asked for.
    pub key: String,
    /// Seconds since 1970.
    pub modified: u64,
    /// Bytes.
    pub size: u64,
    /// True for a file.
    pub is_terminal: bool,
}

/// An entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The key.
    pub key: String,
    /// The value's size in bytes, where it is told, and when it was changed, in seconds since 1970; none for a directory.
    pub value: Option<(Option<u64>, u64)>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The case of the WIT's `error`; none where the host itself failed.
    pub kind: Option<ErrorKind>,
    /// The key it names.
    pub key: Option<String>,
    /// OSS's code and request id, where it answered.
    pub answer: Option<(String, Option<String>)>,
    /// The `Date` of its answer, in seconds since 1970.
    pub date: Option<u64>,
    /// Whether the same call may succeed later without anything else being changed.
    pub retryable: bool,
    /// The whole message and its debug form.
    pub text: String,
}

impl Failed {
    /// Whether it is of this kind.
    pub fn is(&self, kind: ErrorKind) -> bool {
        self.kind == Some(kind)
    }
}

/// The operations of the WIT's resource `storage`.
#[allow(missing_docs, reason = "as in the WIT")]
pub trait CertStorage {
    fn store(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<(), Failed>>;
    fn create(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<(), Failed>>;
    fn load(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, Failed>>;
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), Failed>>;
    fn exists(&self, key: &str) -> impl Future<Output = Result<bool, Failed>>;
    fn entries(&self, prefix: &str, recursive: bool) -> impl Future<Output = Result<Vec<KeyEntry>, Failed>>;
    fn stat(&self, key: &str) -> impl Future<Output = Result<KeyInfo, Failed>>;

    /// The keys of `entries`.
    fn list(&self, prefix: &str, recursive: bool) -> impl Future<Output = Result<Vec<String>, Failed>> {
        async move { Ok(self.entries(prefix, recursive).await?.into_iter().map(|entry| entry.key).collect()) }
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl From<ossicle::Error> for Failed {
    fn from(error: ossicle::Error) -> Self {
        let answer = error.failure().and_then(|failure| failure.answer.as_ref());
        Self {
            kind: error.kind(),
            key: error.failure().and_then(|failure| failure.key.clone()),
            answer: answer.map(|answer| (answer.code.clone(), answer.request_id.clone())),
            date: answer.and_then(|answer| answer.date).map(seconds),
            retryable: error.is_retryable(),
            text: format!("{error} / {error:?}"),
        }
    }
}

/// The built component in wasmtime.
impl CertStorage for ossicle::Certificates {
    async fn store(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(self.store(key, value.to_vec()).await?)
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(self.create(key, value.to_vec()).await?)
    }

    async fn load(&self, key: &str) -> Result<Vec<u8>, Failed> {
        Ok(self.load(key).await?.to_vec())
    }

    async fn delete(&self, key: &str) -> Result<(), Failed> {
        Ok(self.delete(key).await?)
    }

    async fn exists(&self, key: &str) -> Result<bool, Failed> {
        Ok(self.exists(key).await?)
    }

    async fn entries(&self, prefix: &str, recursive: bool) -> Result<Vec<KeyEntry>, Failed> {
        let entries = self.list(prefix, recursive).await?.entries.into_iter();
        let value = |value: ossicle::ListedValue| (value.size, seconds(value.modified));
        Ok(entries.map(|entry| KeyEntry { key: entry.key, value: entry.value.map(value) }).collect())
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, Failed> {
        let info = self.stat(key).await?;
        let modified = seconds(info.modified);
        Ok(KeyInfo { key: info.key, modified, size: info.size, is_terminal: info.is_terminal })
    }
}

impl From<CoreError> for Failed {
    fn from(error: CoreError) -> Self {
        let kind = match error.kind {
            CoreKind::NotFound => ErrorKind::NotFound,
            CoreKind::InvalidKey => ErrorKind::InvalidKey,
            CoreKind::AccessDenied => ErrorKind::AccessDenied,
            CoreKind::NoSuchBucket => ErrorKind::NoSuchBucket,
            CoreKind::Conflict => ErrorKind::Conflict,
            CoreKind::NotModified => ErrorKind::NotModified,
            CoreKind::TooLate => ErrorKind::TooLate,
            CoreKind::Throttled => ErrorKind::Throttled,
            CoreKind::TimedOut => ErrorKind::TimedOut,
            CoreKind::Unavailable => ErrorKind::Unavailable,
            CoreKind::Corrupt => ErrorKind::Corrupt,
            CoreKind::Unsupported => ErrorKind::Unsupported,
            CoreKind::Service => ErrorKind::Service,
        };
        Self {
            kind: Some(kind),
            text: format!("{error} / {error:?}"),
            key: error.key,
            date: error.answer.as_ref().and_then(|answer| answer.date),
            answer: error.answer.map(|answer| (answer.code, answer.request_id)),
            retryable: error.retryable,
        }
    }
}

/// The core, natively.
impl CertStorage for Storage<Native> {
    async fn store(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(self.store(key, value.to_vec().into()).await?)
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), Failed> {
        Ok(self.create(key, value.to_vec().into()).await?)
    }

    async fn load(&self, key: &str) -> Result<Vec<u8>, Failed> {
        Ok(self.load(key).await?.into())
    }

    async fn delete(&self, key: &str) -> Result<(), Failed> {
        Ok(self.delete(key).await?)
    }

    async fn exists(&self, key: &str) -> Result<bool, Failed> {
        Ok(self.exists(key).await?)
    }

    async fn entries(&self, prefix: &str, recursive: bool) -> Result<Vec<KeyEntry>, Failed> {
        let entries = Self::list(self, prefix, recursive).await?.entries.into_iter();
        let value = |value: ListedValue| (value.size, value.modified);
        Ok(entries.map(|entry| KeyEntry { key: entry.key, value: entry.value.map(value) }).collect())
    }

    async fn stat(&self, key: &str) -> Result<KeyInfo, Failed> {
        let info = self.stat(key).await?;
        Ok(KeyInfo { key: info.key, modified: info.modified, size: info.size, is_terminal: info.is_terminal })
    }
}
