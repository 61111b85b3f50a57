//! Ranges of bytes in headers.

use http::{HeaderMap, header};

use crate::failure::{ErrorCode, Failure};

/// What a `Range` of a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All: there is no `Range`, or one of a form that may be ignored (another unit, several ranges).
    Whole,
    /// From a byte to another one, both included.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// What does not exist.
    Unsatisfiable,
}

impl Wanted {
    /// What a request's headers ask for of content of this size.
    pub fn of(headers: &HeaderMap, size: u64) -> Self {
        let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
        let Some((first, last)) = range.and_then(|range| range.trim().strip_prefix("bytes=")?.split_once('-')) else {
            return Self::Whole;
        };
        let end = size.checked_sub(1);
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let part = match (number(first), number(last), end) {
            (Some(first), Some(last), Some(end)) if first <= last && first <= end => (first, last.min(end)),
            (Some(first), None, Some(end)) if first <= end && last.trim().is_empty() => (first, end),
            (None, Some(length), Some(end)) if length > 0 && first.trim().is_empty() => {
                (size.saturating_sub(length), end)
            }
            (None, None, _) => return Self::Whole,
            _ if last.contains(',') => return Self::Whole,
            _ => return Self::Unsatisfiable,
        };
        Self::Part { first: part.0, last: part.1 }
    }
}

/// The `Content-Range` of a chunk: `<first>-<last>`, without a unit and a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// The place of the chunk's first byte.
    pub first: u64,
    /// The number of its bytes.
    pub length: u64,
}

impl ContentRange {
    /// The range that a request's headers state, which must fit the `Content-Length` if there is one.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Failure> {
        let Some(value) = headers.get(header::CONTENT_RANGE) else { return Ok(None) };
        let numbers = value.to_str().ok().and_then(|text| {
            let (first, last) =
                text.trim().trim_start_matches("bytes").trim_start_matches(['=', ' ']).split_once('-')?;
            let last = last.split_once('/').map_or(last, |(last, _)| last);
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            Some(Self { first, length: last.checked_sub(first)?.checked_add(1)? })
        });
        let range = numbers.ok_or_else(|| {
            let message = "the Content-Range is not two numbers with - between them";
            Failure::bad_request(ErrorCode::RangeInvalid, message)
        })?;
        match content_length(headers) {
            Some(length) if length != range.length => {
                let message =
                    format!("the Content-Range has {} bytes and the Content-Length says {length}", range.length);
                Err(Failure::bad_request(ErrorCode::SizeInvalid, message))
            }
            _ => Ok(Some(range)),
        }
    }
}

/// The `Content-Length` of a request.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_is_clamped_or_refused() {
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
        assert_eq!(of("bytes=2000-5000", 2048), part(2000, 2047));
        assert_eq!(of("bytes=500-0", 2048), Wanted::Unsatisfiable);
        assert_eq!(of("bytes=5000-10000", 2048), Wanted::Unsatisfiable);
        assert_eq!(of("bytes=2048-", 2048), Wanted::Unsatisfiable);
        assert_eq!(of("bytes=-0", 2048), Wanted::Unsatisfiable);
        assert_eq!(of("bytes=0-", 0), Wanted::Unsatisfiable);
        for ignored in ["pages=1-2", "bytes=0-1,5-6", "bytes=a-b", "bytes"] {
            assert_eq!(of(ignored, 2048), Wanted::Whole, "{ignored}");
        }
    }

    #[test]
    fn content_range_has_no_unit_and_fits_the_length() {
        let of = |range: &'static str, length: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, range.parse().unwrap());
            headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
            ContentRange::of(&headers)
        };
        assert_eq!(of("10-19", "10").unwrap(), Some(ContentRange { first: 10, length: 10 }));
        assert_eq!(of("bytes 10-19/*", "10").unwrap(), Some(ContentRange { first: 10, length: 10 }));
        assert_eq!(of("10-19", "11").unwrap_err().errors[0].code, ErrorCode::SizeInvalid);
        for wrong in ["19-10", "10", "a-b", "10-18446744073709551615-"] {
            assert_eq!(of(wrong, "10").unwrap_err().errors[0].code, ErrorCode::RangeInvalid, "{wrong}");
        }
        assert_eq!(ContentRange::of(&HeaderMap::new()).unwrap(), None);
    }
}
