//! The sizes of parts: large enough that 10 000 of them make any object that OSS can store, and the same throughout an
//! upload (OSS documentation: *Multipart upload*, limits).

/// The most parts of an object.
pub const MAX_PARTS: u64 = 10_000;
/// The minimum size of every part but the last: 100 KB.
pub const MIN_PART: u64 = 100 * 1024;
/// The largest part: 5 GB.
pub const MAX_PART: u64 = 5 << 30;
/// The largest object: 48.8 TB.
pub const MAX_OBJECT: u64 = MAX_PARTS * MAX_PART;
/// The largest part that is held in memory.
pub const MAX_HELD_PART: u64 = 512 << 20;

/// The configured size of a part, doubled until `parts` of them hold `size` bytes, but at most `largest`. `None` if
/// that is too small.
pub fn grow_to_fit(configured: u64, size: u64, parts: u64, largest: u64) -> Option<u64> {
    let mut part = configured.min(largest);
    while part.saturating_mul(parts) < size {
        if part == largest {
            return None;
        }
        part = part.saturating_mul(2).min(largest);
    }
    Some(part)
}

/// Divides the first `size` bytes of an object into ranges to copy. The ranges are equal and at most `part` bytes, so
/// that none is too small to be followed by another part.
pub fn copy_ranges(size: u64, part: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    let count = size.div_ceil(part.max(1));
    let length = size.checked_div(count).unwrap_or(0);
    let longer = size.checked_rem(count).unwrap_or(0);
    (0..count).map(move |n| {
        let start = n * length + n.min(longer);
        start..start + length + u64::from(n < longer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn d9_v15_parts_grow_for_any_object() {
        assert_eq!(grow_to_fit(10 * MIB, 0, MAX_PARTS, MAX_PART), Some(10 * MIB));
        assert_eq!(grow_to_fit(10 * MIB, 10 * MIB * MAX_PARTS, MAX_PARTS, MAX_PART), Some(10 * MIB));
        assert_eq!(grow_to_fit(10 * MIB, 10 * MIB * MAX_PARTS + 1, MAX_PARTS, MAX_PART), Some(20 * MIB));
        assert_eq!(grow_to_fit(10 * MIB, MAX_OBJECT, MAX_PARTS, MAX_PART), Some(MAX_PART));
        assert_eq!(grow_to_fit(10 * MIB, MAX_OBJECT + 1, MAX_PARTS, MAX_PART), None);
        assert_eq!(grow_to_fit(10 * MIB, 5 << 40, MAX_PARTS, MAX_HELD_PART), None);
        assert_eq!(grow_to_fit(MIN_PART, MIN_PART * MAX_PARTS, MAX_PARTS, MAX_HELD_PART), Some(MIN_PART));
    }

    #[test]
    fn d8_no_copy_of_a_part_is_larger_than_oss_takes() {
        for size in [MAX_PART, MAX_PART + 1, 6 << 30, 40 << 40, MAX_OBJECT] {
            let part = grow_to_fit(64 * MIB, size, MAX_PARTS, MAX_PART).unwrap();
            assert!(copy_ranges(size, part).all(|range| range.end - range.start <= MAX_PART));
        }
    }

    proptest! {
        #[test]
        fn always_enough_and_never_twice_as_much(configured in MIN_PART..=MAX_PART, size in 0..=MAX_OBJECT) {
            let part = grow_to_fit(configured, size, MAX_PARTS, MAX_PART).unwrap();
            prop_assert!(part * MAX_PARTS >= size && part <= MAX_PART && part >= configured);
            prop_assert!(part == configured || part / 2 * MAX_PARTS < size);
        }

        #[test]
        fn cuts_are_whole_and_even(size in 0..MAX_OBJECT, part in MIB..=MAX_PART) {
            let part = grow_to_fit(part, size, MAX_PARTS, MAX_PART).unwrap();
            let ranges: Vec<_> = copy_ranges(size, part).collect();
            prop_assert_eq!(ranges.len() as u64, size.div_ceil(part));
            let mut at = 0;
            for range in &ranges {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end - range.start <= part);
                prop_assert!(ranges.len() == 1 || range.end - range.start >= MIN_PART);
                at = range.end;
            }
            prop_assert_eq!(at, size);
        }
    }
}
