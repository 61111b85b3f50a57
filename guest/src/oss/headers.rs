//! Reads the headers of responses.

use std::borrow::Cow;

use crate::message::ResponseHeaders;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The header with the id of a request. Every response of OSS has it; one that has neither this nor a CRC-64 came from
/// an intermediary.
pub(crate) const REQUEST_ID: &str = "x-oss-request-id";

/// The header with the version that was written or read. A bucket in which versioning was never enabled does not send
/// it.
pub(crate) const VERSION_ID: &str = "x-oss-version-id";
/// Ossicle's own header, on objects that it encrypted: the size of the decrypted value.
pub(crate) const VALUE_SIZE: &str = "x-oss-meta-ossicle-value-size";

/// A header as text.
pub(crate) fn text(headers: &ResponseHeaders, name: &str) -> Option<String> {
    headers.get(name).map(Cow::into_owned)
}

/// A header that is an HTTP date (RFC 9110, IMF-fixdate), in seconds since 1970.
pub(crate) fn date(headers: &ResponseHeaders, name: &str) -> Option<u64> {
    http_date(&headers.get(name)?)
}

/// Parses an HTTP date, in seconds since 1970.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)?.checked_add(1)?;
    if weekday.len() != 3 || zone != "GMT" || words.next().is_some() {
        return None;
    }
    let day = u8::try_from(digits(day, 2)?).ok()?;
    seconds(digits(year, 4)?, u8::try_from(month).ok()?, day, clock(time)?)
}

/// Parses a date in a document, `2026-01-01T00:00:00.000Z`, in seconds since 1970.
pub(crate) fn document_date(text: &str) -> Option<u64> {
    let (date, fraction) = text.as_bytes().split_first_chunk()?;
    let fraction = match fraction {
        [b'.', fraction @ .., b'Z'] if !fraction.is_empty() => fraction,
        [b'Z'] => &[],
        _ => return None,
    };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *date else {
        return None;
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |digits: [u8; 2]| u8::try_from(number(&digits)?).ok();
    let clock = [two([h1, h2])?, two([n1, n2])?, two([s1, s2])?];
    seconds(number(&[y1, y2, y3, y4])?, two([m1, m2])?, two([d1, d2])?, clock)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A number of at most four digits. (The parser of the crate `time` accepts any format and would make up a thirtieth of
/// the component.)
fn number(digits: &[u8]) -> Option<u16> {
    let digit = |digit: &u8| digit.is_ascii_digit().then(|| u16::from(digit.wrapping_sub(b'0')));
    digits.iter().try_fold(0_u16, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

/// A number of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<u16> {
    number(text.as_bytes()).filter(|_| text.len() == count)
}

/// `10:27:41`.
fn clock(text: &str) -> Option<[u8; 3]> {
    let mut parts = text.split(':').map(|part| u8::try_from(digits(part, 2)?).ok());
    let clock = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(clock)
}

/// The seconds from 1970 to a date and a time of day.
fn seconds(year: u16, month: u8, day: u8, [hour, minute, second]: [u8; 3]) -> Option<u64> {
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, day).ok()?;
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
