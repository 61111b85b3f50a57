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
}

impl ObjectType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Appendable => "Appendable",
            Self::Multipart => "Multipart",
        }
    }
}

/// What a client says of an object besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// Standard headers (`content-type`, `cache-control`, …) by lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    /// `x-oss-meta-` headers by the rest of their lower-case names.
    pub(crate) user: Vec<(String, String)>,
    pub(crate) storage_class: Option<String>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) acl: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
}

/// The server-side encryption that was asked for. The emulator reports it and encrypts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: String,
    pub(crate) key_id: Option<String>,
    pub(crate) data: Option<String>,
}

impl Metadata {
    pub(crate) fn class(&self) -> &str {
        self.storage_class.as_deref().unwrap_or("Standard")
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
