//! HTTP messages of the core, with only the features that OSS uses.
//!
//! The crate `http` has types for all of HTTP. They would make up a twentieth of the component, and converting each
//! header of a response took a tenth of the time of a call.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// The methods that OSS and the credential services use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `PUT`.
    Put,
    /// `POST`.
    Post,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// The method's name in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a request with this method has a body, which may be empty.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Put | Self::Post)
    }
}

/// A request. `Debug` shows neither the values of headers nor the query, which may contain a signature or a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// HTTPS or plain HTTP.
    pub secure: bool,
    /// The host and, unless it is the scheme's default, the port.
    pub authority: Arc<str>,
    /// The encoded path with the query, beginning with a slash.
    pub path_with_query: String,
    /// Names in lower case, and values that satisfy [`is_field_value`].
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl Request {
    /// The value of a header, by lower-case name; `None` if it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, _) = self.path_with_query.split_once('?').unwrap_or((&self.path_with_query, ""));
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("authority", &self.authority)
            .field("path", &path)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body", &self.body.len())
            .finish()
    }
}

/// A response.
#[derive(Debug)]
pub struct Response<B> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: ResponseHeaders,
    /// The body.
    pub body: B,
}

/// Response headers that stay in the host and are fetched one at a time. A response has about fifteen and most calls read
/// four, so copying all of them would be expensive.
pub trait Fields {
    /// The first value of a header, by lower-case name.
    fn get(&self, name: &str) -> Option<Vec<u8>>;

    /// Whether there is a header of this name, whatever its value.
    fn has(&self, name: &str) -> bool;

    /// All headers.
    fn all(&self) -> Vec<(String, Vec<u8>)>;
}

/// The headers of a response. `Debug` shows none.
pub struct ResponseHeaders {
    store: HeaderStore,
    /// Needed by the transport and by the reader of the body, and fetched only once.
    content_length: OnceCell<Option<u64>>,
    /// Needed to recognise OSS's responses and to verify the body, and fetched only once.
    crc64: OnceCell<Option<u64>>,
}

enum HeaderStore {
    Copied(Vec<(String, Vec<u8>)>),
    Remote(Box<dyn Fields>),
}

impl ResponseHeaders {
    /// Copied headers: names, in any case, and values as received.
    pub fn new(fields: Vec<(String, Vec<u8>)>) -> Self {
        Self::of(HeaderStore::Copied(fields))
    }

    /// Headers that stay in the host and are fetched when they are needed.
    pub fn remote(fields: impl Fields + 'static) -> Self {
        Self::of(HeaderStore::Remote(Box::new(fields)))
    }

    fn of(store: HeaderStore) -> Self {
        Self { store, content_length: OnceCell::new(), crc64: OnceCell::new() }
    }

    /// The first value of a header, by lower-case name; `None` if it is not text.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        match &self.store {
            HeaderStore::Copied(fields) => find(fields, name).map(Cow::Borrowed),
            HeaderStore::Remote(fields) => owned_text(fields.get(name)?).map(Cow::Owned),
        }
    }

    /// Whether there is a header of this name, whatever its value.
    pub fn contains(&self, name: &str) -> bool {
        match &self.store {
            HeaderStore::Copied(fields) => fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)),
            HeaderStore::Remote(fields) => fields.has(name),
        }
    }

    /// `Content-Length`; `None` if it is not a number.
    pub fn content_length(&self) -> Option<u64> {
        *self.content_length.get_or_init(|| self.number("content-length"))
    }

    /// `x-oss-hash-crc64ecma`, the CRC-64 of a whole object; `None` if it is not a number.
    pub fn crc64(&self) -> Option<u64> {
        *self.crc64.get_or_init(|| self.number("x-oss-hash-crc64ecma"))
    }

    /// A header as a decimal number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// All headers, with their values as received.
    pub fn all(&self) -> Vec<(String, Vec<u8>)> {
        match &self.store {
            HeaderStore::Copied(fields) => fields.clone(),
            HeaderStore::Remote(fields) => fields.all(),
        }
    }
}

impl fmt::Debug for ResponseHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHeaders").finish_non_exhaustive()
    }
}

fn find<'a>(fields: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).and_then(|(_, value)| text(value))
}

fn owned_text(value: Vec<u8>) -> Option<String> {
    String::from_utf8(value).ok().filter(|value| text(value.as_bytes()).is_some())
}

/// A value as text: visible ASCII, spaces and tabs.
fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')))
}

/// Whether this can be the value of a header (RFC 9110, *field-value*): anything but control characters.
pub fn is_field_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn headers_are_found_by_any_spelling_of_their_name() {
        let headers = ResponseHeaders::new(vec![
            ("ETag".into(), b"\"a\"".to_vec()),
            ("etag".into(), b"\"b\"".to_vec()),
            ("x-odd".into(), vec![0xff]),
            ("x-control".into(), b"a\x1bb".to_vec()),
        ]);
        assert_eq!(headers.get("etag").as_deref(), Some("\"a\""));
        assert_eq!((headers.get("x-odd"), headers.get("x-control"), headers.get("x")), (None, None, None));
        assert!(headers.contains("x-odd") && !headers.contains("x"));
        assert_eq!(headers.all().len(), 4);
    }

    struct Elsewhere(Vec<(&'static str, &'static [u8])>, Rc<Cell<usize>>);

    impl Fields for Elsewhere {
        fn get(&self, name: &str) -> Option<Vec<u8>> {
            self.1.set(self.1.get() + 1);
            self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.to_vec())
        }

        fn has(&self, name: &str) -> bool {
            self.get(name).is_some()
        }

        fn all(&self) -> Vec<(String, Vec<u8>)> {
            self.0.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
        }
    }

    #[test]
    fn headers_that_are_elsewhere_are_no_others() {
        let fetched = Rc::new(Cell::new(0));
        let fields: [(_, &[u8]); 4] =
            [("etag", b"\"a\""), ("x-odd", &[0xff]), ("content-length", b"12"), ("x-oss-hash-crc64ecma", b"7")];
        let headers = ResponseHeaders::remote(Elsewhere(fields.into(), Rc::clone(&fetched)));
        for _ in 0..2 {
            assert_eq!((headers.content_length(), headers.crc64()), (Some(12), Some(7)));
        }
        assert_eq!(fetched.get(), 2, "each is fetched once");
        assert_eq!((headers.number("content-length"), headers.number("etag")), (Some(12), None));
        assert_eq!(headers.get("etag").as_deref(), Some("\"a\""));
        assert_eq!((headers.get("x-odd"), headers.get("x")), (None, None));
        assert!(headers.contains("x-odd") && !headers.contains("x"));
        assert_eq!(headers.all().len(), 4);
        assert_eq!(ResponseHeaders::new(vec![("Content-Length".into(), b"+1x".to_vec())]).content_length(), None);
    }

    #[test]
    fn a_value_can_end_no_header() {
        assert!(is_field_value("Ünïcode, spaces and\ttabs"));
        for value in ["a\r\nb: c", "a\n", "\0", "\x7f"] {
            assert!(!is_field_value(value), "{value:?}");
        }
    }

    #[test]
    fn nothing_that_signs_is_shown() {
        let request = Request {
            method: Method::Put,
            secure: true,
            authority: "b.oss-cn-hangzhou.aliyuncs.com".into(),
            path_with_query: "/k?x-oss-signature=canary".into(),
            headers: vec![("authorization".into(), b"canary".to_vec())],
            body: Bytes::from_static(b"canary"),
        };
        let shown = format!("{request:?}");
        assert!(!shown.contains("canary") && shown.contains("authorization") && shown.contains("/k"), "{shown}");
        assert_eq!(request.header("authorization"), Some("canary"));
    }
}
