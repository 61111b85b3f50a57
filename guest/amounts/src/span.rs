//! Spans of time.

use std::time::Duration;

/// What is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a number with ms, s, m, h or d behind it, such as 24h")]
#[non_exhaustive]
pub struct InvalidDuration;

/// Reads a span of time as config files have them: `5s`, `250ms`, `2m`, `1h`, `7d`.
///
/// # Errors
/// When it is none, or is longer than 2⁶⁴ seconds.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
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
            assert_eq!(parse_duration(text).ok(), expected, "{text}");
        }
    }
}
