//! Spans of time in files: `"5s"`, `"250ms"`, `"2m"`, `"7d"`, or a number of milliseconds.

use ossicle_amounts::parse_duration;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::time::Duration;

/// A span of time that must be there.
pub(crate) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(Span)
}

/// A span of time where one may stand. (A field that is left out takes its default instead.)
pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    required(deserializer).map(Some)
}

struct Span;

impl Visitor<'_> for Span {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span of time such as \"5s\", \"250ms\" or \"2m\", or a number of milliseconds")
    }

    fn visit_u64<E: Error>(self, milliseconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_millis(milliseconds))
    }

    fn visit_i64<E: Error>(self, milliseconds: i64) -> Result<Duration, E> {
        let unsigned = u64::try_from(milliseconds);
        unsigned.map(Duration::from_millis).map_err(|_| E::invalid_value(Unexpected::Signed(milliseconds), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse_duration(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// As the WIT counts; what is too long for it is refused there.
pub(crate) fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
