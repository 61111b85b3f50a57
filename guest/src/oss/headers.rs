//! Headers of answers.

use http::HeaderMap;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// On every answer of OSS's: what lacks it came from something in between.
pub(crate) const REQUEST_ID: &str = "x-oss-request-id";
/// The CRC-64 of a whole object in decimal.
pub(crate) const CRC64: &str = "x-oss-hash-crc64ecma";

/// The version that was made or read; on no answer of a bucket that was never versioned.
pub(crate) const VERSION_ID: &str = "x-oss-version-id";
/// Ossicle's own, on objects that it sealed: the size of the value within.
pub(crate) const VALUE_SIZE: &str = "x-oss-meta-ossicle-value-size";

/// A header as text.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// A header as a decimal number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// A header that is a date of HTTP (RFC 9110, IMF-fixdate), in seconds since 1970.
pub(crate) fn date(headers: &HeaderMap, name: &str) -> Option<u64> {
    http_date(headers.get(name)?.to_str().ok()?)
}

/// A date of HTTP in seconds since 1970.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    let form = format_description!(
        version = 2,
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    u64::try_from(PrimitiveDateTime::parse(text, form).ok()?.assume_utc().unix_timestamp()).ok()
}

/// A date of a document, `2026-01-01T00:00:00.000Z`, in seconds since 1970.
pub(crate) fn document_date(text: &str) -> Option<u64> {
    u64::try_from(OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(http_date("Wed, 28 Dec 2022 10:27:41 GMT"), Some(1_672_223_261));
        assert_eq!(http_date("28 Dec 2022"), None);
        assert_eq!(document_date("2022-12-28T10:27:41.000Z"), Some(1_672_223_261));
        assert_eq!(document_date("yesterday"), None);
    }
}
