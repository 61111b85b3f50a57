//! Prometheus's text format.

use std::fmt::{self, Write};

use http::HeaderValue;

/// The format's media type.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What stands before the values of a metric.
pub(crate) fn head(text: &mut String, name: &str, kind: &str, about: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {about}.\n# TYPE {name} {kind}")
}

/// A tenant's or an endpoint's name as a label's value.
pub(crate) fn label(name: &str) -> String {
    name.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}
