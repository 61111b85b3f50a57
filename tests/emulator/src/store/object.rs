//! An object version and what OSS keeps of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::body::Body;

/// How the object came to be, which decides what may be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectType {
    Normal,
    Appendable,
    Multipart,
    Symlink,
}

impl ObjectType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Appendable => "Appendable",
            Self::Multipart => "Multipart",
            Self::Symlink => "Symlink",
        }
    }
}

/// What a client says of an object besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    /// Standard headers (`content-type`, `cache-control`, …) by lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    /// `x-oss-meta-` headers by the rest of their lower-case names.
    pub(crate) user: Vec<(String, String)>,
    pub(crate) storage_class: Option<String>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) acl: Option<String>,
    /// The key that a symlink leads to.
    pub(crate) symlink: Option<String>,
    pub(crate) restoration: Option<Restoration>,
    pub(crate) retention: Option<Retention>,
    pub(crate) legal_hold: Option<bool>,
    pub(crate) tags: Vec<(String, String)>,
}

/// The server-side encryption that was asked for. The emulator reports it and encrypts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: String,
    pub(crate) key_id: Option<String>,
    pub(crate) data: Option<String>,
}

/// The time for which an archived object can be read, in seconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restoration {
    /// When it can be read for the first time.
    pub(crate) ready: i64,
    /// From when on it cannot any more.
    pub(crate) expires: i64,
}

/// Until when an object is to be left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retention {
    /// `COMPLIANCE` or `GOVERNANCE`.
    pub(crate) mode: String,
    /// In seconds since the epoch.
    pub(crate) until: i64,
}

impl Restoration {
    pub(crate) fn is_ongoing(&self, now: i64) -> bool {
        now < self.ready
    }

    pub(crate) fn is_restored(&self, now: i64) -> bool {
        (self.ready..self.expires).contains(&now)
    }

    /// As `x-oss-restore` and listings spell it; nothing once the time is over.
    pub(crate) fn spell(&self, now: i64) -> Option<String> {
        if self.is_ongoing(now) {
            Some("ongoing-request=\"true\"".into())
        } else if self.is_restored(now) {
            let end = crate::timestamp::http_date(self.expires);
            Some(format!("ongoing-request=\"false\", expiry-date=\"{end}\""))
        } else {
            None
        }
    }
}

impl Encryption {
    /// The id of the key that KMS takes if none is named.
    pub(crate) const DEFAULT_KEY: &'static str = "9468da86-3509-4f8d-a61e-6eab1eac0e77";

    /// Only KMS has keys, and a way to encrypt the data that can be chosen. For the others these are ignored.
    pub(crate) fn new(algorithm: &str, key_id: Option<String>, data: Option<String>) -> Self {
        let kms = algorithm == "KMS";
        let key_id = kms.then(|| key_id.filter(|id| !id.is_empty()).unwrap_or_else(|| Self::DEFAULT_KEY.into()));
        Self { algorithm: algorithm.to_owned(), key_id, data: data.filter(|_| kms) }
    }
}

impl Metadata {
    pub(crate) fn class(&self) -> &str {
        self.storage_class.as_deref().unwrap_or("Standard")
    }

    /// Whether the object must be restored before it is read.
    pub(crate) fn is_archived(&self) -> bool {
        matches!(self.class(), "Archive" | "ColdArchive" | "DeepColdArchive")
    }
}

/// The bytes of an object and everything that goes with them.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) kind: ObjectType,
    pub(crate) body: Body,
    /// Without quotation marks.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    /// In base64; only a Normal object has one, and one of a sequential upload.
    pub(crate) md5: Option<String>,
    pub(crate) metadata: Arc<Metadata>,
}

impl Content {
    pub(crate) fn quoted_etag(&self) -> String {
        format!("\"{}\"", self.etag)
    }
}

/// The id of every version that was made while versioning was not enabled.
pub(crate) const NULL_VERSION: &str = "null";

/// A version of an object, or the mark that it was deleted.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: Arc<str>,
    /// In whole seconds.
    pub(crate) modified: i64,
    /// Orders the versions of a key; also names the record on disk.
    pub(crate) sequence: u64,
    /// `None` for a delete marker.
    pub(crate) content: Option<Content>,
}

impl Version {
    pub(crate) fn is_marker(&self) -> bool {
        self.content.is_none()
    }
}
