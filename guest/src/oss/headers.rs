//! Headers of answers.

use std::borrow::Cow;

use crate::message::Headers;
use time::{Date, Month, PrimitiveDateTime, Time};

/// On every answer of OSS's: what lacks it, and a CRC-64 too, came from something in between.
pub(crate) const REQUEST_ID: &str = "x-oss-request-id";

/// The version that was made or read; on no answer of a bucket that was never versioned.
pub(crate) const VERSION_ID: &str = "x-oss-version-id";
/// Ossicle's own, on objects that it sealed: the size of the value within.
pub(crate) const VALUE_SIZE: &str = "x-oss-meta-ossicle-value-size";

/// A header as text.
pub(crate) fn text(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).map(Cow::into_owned)
}

/// A header that is a date of HTTP (RFC 9110, IMF-fixdate), in seconds since 1970.
pub(crate) fn date(headers: &Headers, name: &str) -> Option<u64> {
    http_date(&headers.get(name)?)
}

/// A date of HTTP in seconds since 1970.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)?.checked_add(1)?;
    if weekday.len() != 3 || zone != "GMT" || words.next().is_some() {
        return None;
    }
    seconds(digits(year, 4)?, u8::try_from(month).ok()?, digits(day, 2)?, clock)
}

/// A date of a document, `2026-01-01T00:00:00.000Z`, in seconds since 1970.
pub(crate) fn document_date(text: &str) -> Option<u64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || fraction.is_empty() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    seconds(digits(year, 4)?, u8::try_from(digits(month, 2)?).ok()?, digits(day, 2)?, clock)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A number of exactly so many digits. (The parser that comes with the crate `time` takes forms of any kind, and a thirtieth
/// of the component.)
fn digits(text: &str, count: usize) -> Option<u16> {
    (text.len() == count && text.bytes().all(|digit| digit.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Seconds since 1970 of a date and `10:27:41`.
fn seconds(year: u16, month: u8, day: u16, clock: &str) -> Option<u64> {
    let mut parts = clock.split(':').map(|part| u8::try_from(digits(part, 2)?).ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    u64::try_from(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(http_date("Wed, 28 Dec 2022 10:27:41 GMT"), Some(1_672_223_261));
        for wrong in [
            "28 Dec 2022",
            "",
            "Wed, 28 Dec 2022 10:27:41 CET",
            "Wed, 31 Feb 2022 10:27:41 GMT",
            "Wed, 28 Dec 2022 24:27:41 GMT",
            "Wed, 28 Dec 2022 10:27 GMT",
            "Wed, 28 Dec 2022 10:27:41 GMT GMT",
            "Wed, 28 Dec 1969 10:27:41 GMT",
            "Wed, 2é Dec 2022 10:27:41 GMT",
        ] {
            assert_eq!(http_date(wrong), None, "{wrong}");
        }
        assert_eq!(document_date("2022-12-28T10:27:41.000Z"), Some(1_672_223_261));
        assert_eq!(document_date("2022-12-28T10:27:41Z"), Some(1_672_223_261));
        for wrong in
            ["yesterday", "2022-12-28T10:27:41", "2022-12-28T10:27:41.Z", "2022-13-28T10:27:41Z", "2022-12-28Z"]
        {
            assert_eq!(document_date(wrong), None, "{wrong}");
        }
    }
}
