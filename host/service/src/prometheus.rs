//! Prometheus's text format.

use std::fmt::{self, Write};
use std::time::Duration;

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

/// How long things took: for each end of a bucket how many took so long or less, how many there were, and how long they took
/// all together.
pub(crate) struct Spans<B> {
    pub buckets: B,
    pub count: u64,
    pub sum: Duration,
}

/// The values of one histogram of a metric, in seconds.
pub(crate) fn histogram<B>(text: &mut String, name: &str, labels: &str, spans: Spans<B>) -> fmt::Result
where
    B: IntoIterator<Item = (Duration, u64)>,
{
    let Spans { buckets, count, sum } = spans;
    for (end, count) in buckets {
        writeln!(text, "{name}_bucket{{{labels},le=\"{}\"}} {count}", end.as_secs_f64())?;
    }
    writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}")?;
    writeln!(text, "{name}_sum{{{labels}}} {}", sum.as_secs_f64())?;
    writeln!(text, "{name}_count{{{labels}}} {count}")
}
