//! Spans of time in files: `"5s"`, `"250ms"`, `"2m"`, `"7d"`, or a number of milliseconds.

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
        parse(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// What is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a number with ms, s, m, h or d behind it, such as 24h")]
#[non_exhaustive]
pub struct InvalidDuration;

/// Reads a span of time as config files have them: `5s`, `250ms`, `2m`, `1h`, `7d`.
///
/// # Errors
/// When it is none, or is longer than 2⁶⁴ seconds.
pub fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(InvalidDuration)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| InvalidDuration)?;
    let seconds = match unit.trim_start() {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(InvalidDuration),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or(InvalidDuration)
}

/// As the WIT counts; what is too long for it is refused there.
pub(crate) fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood_and_nothing_else() {
        for (text, expected) in [
            ("5s", Some(Duration::from_secs(5))),
            ("250 ms", Some(Duration::from_millis(250))),
            ("2m", Some(Duration::from_secs(120))),
            ("1h", Some(Duration::from_secs(3600))),
            ("7d", Some(Duration::from_secs(604_800))),
            ("99999999999999999999s", None),
            ("9999999999999999999h", None),
            ("5", None),
            ("s", None),
            ("-1s", None),
            ("5 parsecs", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}
