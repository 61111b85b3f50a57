//! The `Range` of a read, by the rules of OSS, which are not those of HTTP.

use crate::call::Call;
use crate::failures::Failure;

/// What of an object is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// From the first up to and including the last byte.
    Range(u64, u64),
}

/// Tells which part a request asks for.
pub(crate) fn of(call: &Call, size: u64) -> Result<Part, Failure> {
    let Some(range) = call.header("range") else { return Ok(Part::Whole) };
    let standard = call.header("x-oss-range-behavior") == Some("standard");
    decide(range, standard, size).ok_or_else(|| Failure::range(range, size))
}

/// `None` if the range cannot be satisfied and that is an error.
///
/// By default a range that does not lie wholly within the object is ignored: the whole object is sent with 200. With
/// `x-oss-range-behavior: standard` it is clamped or refused. `bytes=-0` is refused always. Of several ranges the first
/// counts, whatever comes after it. (OSS documentation: GetObject, HTTP 416, which contradict each other on several ranges;
/// tests of the Java SDK and ossutil's `TestRangeGet` against the service.)
fn decide(range: &str, standard: bool, size: u64) -> Option<Part> {
    let Some((start, end)) = parse(range) else { return Some(Part::Whole) };
    match (start, end) {
        (None, None) => Some(Part::Whole),
        (None, Some(0)) => None,
        (None, Some(suffix)) if suffix <= size => Some(Part::Range(size - suffix, size - 1)),
        (None, Some(_)) if standard && size > 0 => Some(Part::Range(0, size - 1)),
        (None, Some(_)) if standard => None,
        (None, Some(_)) => Some(Part::Whole),
        (Some(start), Some(end)) if start > end => Some(Part::Whole),
        (Some(start), _) if start >= size => {
            if standard {
                None
            } else {
                Some(Part::Whole)
            }
        }
        (Some(start), None) => Some(Part::Range(start, size - 1)),
        (Some(start), Some(end)) if end < size => Some(Part::Range(start, end)),
        (Some(start), Some(_)) if standard => Some(Part::Range(start, size - 1)),
        (Some(_), Some(_)) => Some(Part::Whole),
    }
}

/// Reads `bytes=a-b`, `bytes=a-` or `bytes=-n`.
fn parse(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let first = range.strip_prefix("bytes=")?.split(',').next()?;
    let (start, end) = first.trim().split_once('-')?;
    let number = |text: &str| match text {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(digits.parse().ok()?)),
        _ => None,
    };
    Some((number(start)?, number(end)?))
}

/// The range of UploadPartCopy, which may have no end; one that is not valid is ignored.
/// (OSS documentation: UploadPartCopy; oss2's `test_upload_part_copy`.)
pub(crate) fn of_copy(range: Option<&str>, size: u64) -> Part {
    match range.and_then(parse) {
        Some((Some(start), Some(end))) if start <= end && end < size => Part::Range(start, end),
        Some((Some(start), None)) if start < size => Part::Range(start, size - 1),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_documentation() {
        let range = |start, end| Some(Part::Range(start, end));
        // (range, size, by default, standard)
        let table = [
            ("bytes=0-99", 100, range(0, 99), range(0, 99)),
            ("bytes=50-", 100, range(50, 99), range(50, 99)),
            ("bytes=0-100", 100, Some(Part::Whole), range(0, 99)),
            ("bytes=100-", 100, Some(Part::Whole), None),
            ("bytes=100-200", 100, Some(Part::Whole), None),
            ("bytes=9-5", 100, Some(Part::Whole), Some(Part::Whole)),
            ("bytes=-10", 100, range(90, 99), range(90, 99)),
            ("bytes=-100", 100, range(0, 99), range(0, 99)),
            ("bytes=-101", 100, Some(Part::Whole), range(0, 99)),
            ("bytes=-0", 100, None, None),
            ("bytes=0-", 0, Some(Part::Whole), None),
            ("bytes=-1", 0, Some(Part::Whole), None),
            ("byte=0-1", 100, Some(Part::Whole), Some(Part::Whole)),
            ("bytes=0-1,3-4", 100, range(0, 1), range(0, 1)),
            ("bytes=1-2,abc", 100, range(1, 2), range(1, 2)),
            ("bytes=,1-2", 100, Some(Part::Whole), Some(Part::Whole)),
            ("bytes=-", 100, Some(Part::Whole), Some(Part::Whole)),
            ("bytes=-1--1", 100, Some(Part::Whole), Some(Part::Whole)),
        ];
        for (text, size, default, standard) in table {
            assert_eq!(decide(text, false, size), default, "{text} of {size}");
            assert_eq!(decide(text, true, size), standard, "{text} of {size}, standard");
        }
    }

    #[test]
    fn a_bad_range_of_a_copy_means_everything() {
        assert_eq!(of_copy(Some("bytes=0-9"), 10), Part::Range(0, 9));
        assert_eq!(of_copy(Some("bytes=0-10"), 10), Part::Whole);
        assert_eq!(of_copy(Some("bytes=5-"), 10), Part::Range(5, 9));
        assert_eq!(of_copy(Some("bytes=10-"), 10), Part::Whole);
        assert_eq!(of_copy(None, 10), Part::Whole);
    }
}
