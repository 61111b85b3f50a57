//! What a signature covers of a request.

use http::HeaderMap;

use crate::query::Query;

/// A request as the signatures see it: the bucket and the key are those that are meant, wherever they stood in the URL.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a str,
    /// The bucket, if any.
    pub bucket: Option<&'a str>,
    /// The key, decoded, if any.
    pub key: Option<&'a str>,
    /// The query string, decoded.
    pub query: &'a Query,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl RequestView<'_> {
    /// A header's value, trimmed; repeated ones joined by commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter();
        let mut joined = text(values.next()?);
        for value in values {
            joined.push(',');
            joined.push_str(&text(value));
        }
        Some(joined)
    }

    /// The names of the `x-oss-` headers, in order.
    pub(crate) fn oss_headers(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-oss-")).collect();
        names.sort_unstable();
        names
    }
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).trim().to_owned()
}
