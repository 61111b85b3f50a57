//! The common prefix of two texts. Names in one directory differ only at their ends, and a listing compares thousands of
//! them, so this compares sixteen bytes at a time: the standard library's comparison goes byte by byte in WebAssembly.

/// The length of the longest common prefix, in bytes.
pub(crate) fn common_prefix_length(one: &[u8], other: &[u8]) -> usize {
    let (ones, _) = one.as_chunks::<16>();
    let (others, _) = other.as_chunks::<16>();
    let alike = 16 * ones.iter().zip(others).take_while(|(one, other)| one == other).count();
    let rest = one.iter().skip(alike).zip(other.iter().skip(alike));
    alike + rest.take_while(|(one, other)| one == other).count()
}

/// The text without its prefix; `None` if it does not begin with that.
pub(crate) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let is_prefix = common_prefix_length(text.as_bytes(), prefix.as_bytes()) == prefix.len();
    if is_prefix { text.get(prefix.len()..) } else { None }
}

/// Whether the first text is less than the second one in byte order.
pub(crate) fn precedes(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let length = common_prefix_length(one, other);
    one.get(length) < other.get(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_compare_as_in_the_standard_library(
            beginning in "[aé]{0,40}",
            one in "[abé]{0,20}",
            other in "[abé]{0,20}",
        ) {
            let (one, other) = ([beginning.as_str(), &one].concat(), [beginning.as_str(), &other].concat());
            let alike = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
            prop_assert_eq!(common_prefix_length(one.as_bytes(), other.as_bytes()), alike);
            prop_assert_eq!(strip_prefix(&one, &other), one.strip_prefix(other.as_str()));
            prop_assert_eq!(strip_prefix(&one, &beginning), one.strip_prefix(beginning.as_str()));
            prop_assert_eq!(precedes(&one, &other), one < other);
        }
    }
}
