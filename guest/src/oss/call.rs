//! A request before it is signed.

use std::cell::Cell;
use std::time::Duration;

use crate::message::Method;
use bytes::Bytes;

use super::acl::ObjectAcl;
use super::attributes::Attributes;
use super::change::Change;
use super::condition::Condition;
use super::window::{Guard, Window};
use crate::signature::{CanonicalHeaders, Query};

/// The request of one OSS operation.
pub(crate) struct Call<'a> {
    /// The operation's name in OSS's documentation, for messages.
    pub operation: &'static str,
    /// The caller's key, for errors.
    pub key: Option<&'a str>,
    pub method: Method,
    /// The object's name; `None` for an operation on the bucket.
    pub object: Option<&'a str>,
    pub query: Query,
    pub headers: CanonicalHeaders,
    pub body: Bytes,
    /// Whether sending the request twice has the same effect as sending it once.
    pub idempotent: bool,
    /// Whether to send it in one attempt only, whatever that fails with: the request is valid only for state that was just
    /// read, and the caller reads that state again before it sends another one.
    pub once: bool,
    /// The status of success.
    pub expects: u16,
    /// Other statuses that the operation reads itself.
    pub or_expects: &'static [u16],
    /// The time for the operation with all its attempts; the settings' if `None`.
    pub within: Option<Duration>,
    /// When OSS may perform the request, by OSS's clock. If set, the request is signed in its URL instead of a header.
    pub window: Option<Window>,
    /// Set to true when the request is sent again although an earlier attempt got no response.
    pub doubled: Option<&'a Cell<bool>>,
    /// Additional time for OSS to respond, as for the copy of a large object.
    pub extra_time: Duration,
}

impl<'a> Call<'a> {
    pub(crate) fn new(operation: &'static str, method: Method, key: Option<&'a str>, object: Option<&'a str>) -> Self {
        Self {
            operation,
            key,
            method,
            object,
            query: Query::default(),
            headers: CanonicalHeaders::default(),
            body: Bytes::new(),
            idempotent: true,
            once: false,
            expects: 200,
            or_expects: &[],
            within: None,
            window: None,
            doubled: None,
            extra_time: Duration::ZERO,
        }
    }

    pub(crate) fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.set(name, value);
        self
    }

    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.query.flag(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.headers.set(name, value);
        self
    }

    /// Limits the request to a window. A second attempt might take effect after the caller saw the response to another
    /// one, so after a lost response the request is sent again only for a caller who wants to know about that.
    pub(crate) fn within(mut self, guard: Option<Guard<'a>>) -> Self {
        let Some(guard) = guard else { return self };
        self.idempotent &= guard.doubled.is_some();
        self.window = Some(guard.window);
        self.doubled = guard.doubled;
        self
    }

    /// Sets the conditions for writing an object.
    pub(crate) fn change(mut self, change: Change<'a>) -> Self {
        if change.create_only {
            self.headers.set("x-oss-forbid-overwrite", "true");
        }
        self.once |= change.once;
        self.within(change.guard)
    }

    /// Sets the conditions for reading an object.
    pub(crate) fn condition(mut self, condition: Condition<'_>) -> Self {
        for (name, etag) in [("if-match", condition.if_match), ("if-none-match", condition.if_none_match)] {
            if let Some(etag) = etag {
                self.headers.set(name, etag);
            }
        }
        self
    }

    /// Sets the ACL of the written object.
    pub(crate) fn acl(self, acl: ObjectAcl) -> Self {
        match acl.value() {
            Some(value) => self.header("x-oss-object-acl", value),
            None => self,
        }
    }

    /// Adds headers to those that the operation sets itself.
    pub(crate) fn attributes(mut self, attributes: &Attributes) -> Self {
        attributes.iter().for_each(|(name, value)| self.headers.set(name, value));
        self
    }

    /// Sets a body that is protected by `Content-MD5`: OSS rejects one that was damaged in transit, before it changes
    /// anything.
    pub(crate) fn body(mut self, body: Bytes, content_type: &str) -> Self {
        self.headers.set("content-md5", crate::checksum::content_md5(&body));
        self.unguarded_body(body, content_type)
    }

    /// Sets a body without `Content-MD5`, which takes four times as long to compute as a CRC-64. OSS stores a damaged
    /// body as well, and the CRC-64 in the response shows that.
    pub(crate) fn unguarded_body(mut self, body: Bytes, content_type: &str) -> Self {
        self.headers.set("content-type", content_type);
        self.body = body;
        self
    }
}
