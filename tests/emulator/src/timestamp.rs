//! The spellings of a time that OSS uses, from and to whole seconds since the epoch.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn civil(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `Wed, 28 Dec 2022 10:27:41 GMT`, as in `Date` and `Last-Modified`.
pub(crate) fn http_date(seconds: i64) -> String {
    let t = civil(seconds);
    let day = DAYS[t.weekday().number_days_from_monday() as usize];
    let month = MONTHS[u8::from(t.month()) as usize - 1];
    format!("{day}, {:02} {month} {} {:02}:{:02}:{:02} GMT", t.day(), t.year(), t.hour(), t.minute(), t.second())
}

/// `2022-12-28T10:27:41.000Z`, as in every XML document: the milliseconds are always zero.
pub(crate) fn iso_millis(seconds: i64) -> String {
    let t = civil(seconds);
    let (month, day) = (u8::from(t.month()), t.day());
    format!("{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000Z", t.year(), t.hour(), t.minute(), t.second())
}

/// `20221228`, as in the scope of a signature.
pub(crate) fn day(seconds: i64) -> String {
    let t = civil(seconds);
    format!("{:04}{:02}{:02}", t.year(), u8::from(t.month()), t.day())
}

/// Reads `Wed, 28 Dec 2022 10:27:41 GMT`.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let mut words = text.split_ascii_whitespace();
    let day_name = words.next()?.strip_suffix(',')?;
    if !DAYS.contains(&day_name) {
        return None;
    }
    let day = number(words.next()?)?;
    let month_name = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month_name)? as u8 + 1;
    let year = number(words.next()?)?;
    let mut clock = words.next()?.split(':');
    let (hour, minute, second) = (number(clock.next()?)?, number(clock.next()?)?, number(clock.next()?)?);
    if clock.next().is_some() || words.next()? != "GMT" || words.next().is_some() {
        return None;
    }
    assemble(year, month, day, hour, minute, second)
}

/// Reads `20221228T102741Z`.
pub(crate) fn parse_iso_basic(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' || !text.is_ascii() {
        return None;
    }
    let part = |from: usize, to: usize| number(&text[from..to]);
    assemble(part(0, 4)?, part(4, 6)? as u8, part(6, 8)?, part(9, 11)?, part(11, 13)?, part(13, 15)?)
}

/// Reads `2022-12-28T10:27:41.000Z`; the milliseconds must be there, and are dropped.
pub(crate) fn parse_iso_millis(text: &str) -> Option<i64> {
    let (seconds, millis) = text.strip_suffix('Z')?.split_once('.')?;
    number(millis).filter(|_| millis.len() == 3)?;
    let basic: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    parse_iso_basic(&format!("{basic}Z"))
}

fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn assemble(year: u32, month: u8, day: u32, hour: u32, minute: u32, second: u32) -> Option<i64> {
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(year as i32, month, u8::try_from(day).ok()?).ok()?;
    let time = Time::from_hms(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, u8::try_from(second).ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings() {
        assert_eq!(http_date(1_672_223_261), "Wed, 28 Dec 2022 10:27:41 GMT");
        assert_eq!(iso_millis(1_672_223_261), "2022-12-28T10:27:41.000Z");
    }

    #[test]
    fn they_read_back() {
        assert_eq!(parse_http_date("Wed, 28 Dec 2022 10:27:41 GMT"), Some(1_672_223_261));
        assert_eq!(parse_iso_basic("20221228T102741Z"), Some(1_672_223_261));
        assert_eq!(parse_iso_millis("2022-12-28T10:27:41.000Z"), Some(1_672_223_261));
        assert_eq!(parse_iso_millis("2022-12-28T10:27:41.999Z"), Some(1_672_223_261));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "20221228T102741Z", "Wed, 28 Dec 2022 10:27:41 CET", "Wed, 32 Dec 2022 10:27:41 GMT"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
        for text in ["", "2022-12-28T10:27:41Z", "2022-12-28T10:27:41.1Z", "2022-12-28T10:27:41.00aZ"] {
            assert_eq!(parse_iso_millis(text), None, "{text}");
        }
        for text in ["", "20221228T102741", "2022-12-28T10:27:41Z", "20221328T102741Z", "2022122éT10274Z"] {
            assert_eq!(parse_iso_basic(text), None, "{text}");
        }
    }
}
