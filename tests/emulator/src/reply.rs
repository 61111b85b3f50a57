//! An answer before it is on its way.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::store::{Body, ObjectType, Version, Versioning};

pub(crate) const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");
pub(crate) const VERSION_ID: HeaderName = HeaderName::from_static("x-oss-version-id");
pub(crate) const DELETE_MARKER: HeaderName = HeaderName::from_static("x-oss-delete-marker");
pub(crate) const OBJECT_TYPE: HeaderName = HeaderName::from_static("x-oss-object-type");
pub(crate) const STORAGE_CLASS: HeaderName = HeaderName::from_static("x-oss-storage-class");

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// What `Content-Length` says where the body is not sent: the answer to a HEAD.
    pub(crate) announced: Option<u64>,
    /// Whether the body is compressed on its way, so that nobody knows its length before.
    pub(crate) gzip: bool,
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(16), body: Body::default(), announced: None, gzip: false }
    }

    pub(crate) fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT)
    }

    /// A document.
    pub(crate) fn xml(document: String) -> Self {
        let mut reply = Self::ok().header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        reply.body = Bytes::from(document).into();
        reply
    }

    /// Sets a header; a value that no header can have is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: HeaderName, value: impl TryInto<HeaderValue>) {
        if let Ok(value) = value.try_into() {
            self.headers.insert(name, value);
        }
    }

    /// The id of the version this is about, which OSS reports once a bucket has been versioned.
    pub(crate) fn version(mut self, versioning: Versioning, version: &Version) -> Self {
        if versioning != Versioning::Never {
            self.set(VERSION_ID, &*version.id);
        }
        self
    }

    /// The headers every answer about an object has.
    pub(crate) fn describe(&mut self, version: &Version) {
        self.set(header::LAST_MODIFIED, crate::timestamp::http_date(version.modified));
        if let Some(content) = &version.content {
            self.set(header::ETAG, content.quoted_etag());
            self.set(CRC64, content.crc64);
            self.set(OBJECT_TYPE, content.kind.name());
            self.set(STORAGE_CLASS, content.metadata.class());
            if content.kind == ObjectType::Appendable {
                self.set(crate::failures::NEXT_POSITION, content.body.len());
            }
            if let Some(md5) = &content.md5 {
                self.set(HeaderName::from_static("content-md5"), md5.as_str());
            }
        }
    }
}
