//! Ranges of bytes in a `Range` header (RFC 9110, section 14). The registry's core parses ranges like servers written
//! in Go, as the registry that it replaces does: there a range whose last byte is before its first is rejected with
//! 416, here it is ignored.

use http::{HeaderMap, header};

/// The range that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: there is no `Range`, or one that may be ignored because it has another unit, several ranges or a
    /// syntax error.
    Whole,
    /// The bytes from one position to another, both included.
    Part {
        /// The position of the first byte.
        first: u64,
        /// The position of the last byte.
        last: u64,
    },
    /// A range outside of the content.
    Unsatisfiable,
}

impl Wanted {
    /// Reads the requested range of content with this size from a request's headers.
    pub fn of(headers: &HeaderMap, size: u64) -> Self {
        let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
        let Some((first, last)) = range.and_then(|range| range.trim().strip_prefix("bytes=")?.split_once('-')) else {
            return Self::Whole;
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that does not fit into 64 bits is beyond the end of any content.
        let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
        let (first, last) = (first.trim(), last.trim());
        match (is_number(first), is_number(last)) {
            (true, true) if number(first) > number(last) => Self::Whole,
            (true, true) => Self::clamped(number(first), number(last), size),
            (true, false) if last.is_empty() => Self::clamped(number(first), u64::MAX, size),
            (false, true) if first.is_empty() && number(last) == 0 => Self::Unsatisfiable,
            (false, true) if first.is_empty() => Self::clamped(size.saturating_sub(number(last)), u64::MAX, size),
            _ => Self::Whole,
        }
    }

    fn clamped(first: u64, last: u64, size: u64) -> Self {
        match size.checked_sub(1) {
            Some(end) if first <= end => Self::Part { first, last: last.min(end) },
            _ => Self::Unsatisfiable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_is_clamped_or_refused_or_ignored() {
        let of = |range: &'static str, size| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            Wanted::of(&headers, size)
        };
        let part = |first, last| Wanted::Part { first, last };
        assert_eq!(of("bytes=500-1499", 2048), part(500, 1499));
        assert_eq!(of("bytes=500-", 2048), part(500, 2047));
        assert_eq!(of("bytes=-500", 2048), part(1548, 2047));
        assert_eq!(of("bytes=-5000", 2048), part(0, 2047));
        assert_eq!(of("bytes=2000-99999999999999999999999", 2048), part(2000, 2047));
        for beyond in ["bytes=5000-10000", "bytes=2048-", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(beyond, 2048), Wanted::Unsatisfiable, "{beyond}");
        }
        assert_eq!(of("bytes=0-", 0), Wanted::Unsatisfiable);
        assert_eq!(of("bytes=-5", 0), Wanted::Unsatisfiable);
        for ignored in ["pages=1-2", "bytes=0-1,5-6", "bytes=a-b", "bytes", "bytes=500-0", "bytes=-", "bytes=+1-2"] {
            assert_eq!(of(ignored, 2048), Wanted::Whole, "{ignored}");
        }
    }
}
