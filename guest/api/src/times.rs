//! Times as headers and documents have them.

use std::time::{Duration, SystemTime};

use http::HeaderValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time as headers have it (RFC 9110), from seconds since 1970; `None` for one after the year 9999.
pub(crate) fn http_date(seconds: u64) -> Option<HeaderValue> {
    // The last second of the year 9999, which is the last that the form can say.
    const LAST: u64 = 253_402_300_799;
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds <= LAST)?;
    HeaderValue::try_from(httpdate::fmt_http_date(moment)).ok()
}

/// Seconds since 1970, from a time as headers have it.
pub(crate) fn from_http_date(text: &str) -> Option<u64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    Some(moment.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// A time as documents have it (RFC 3339), from seconds since 1970.
pub(crate) fn date_time(seconds: u64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?.format(&Rfc3339).ok()
}
