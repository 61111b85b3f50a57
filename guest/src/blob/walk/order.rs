//! Upstream's order of paths: component by component, which is byte by byte with `/` before every other byte.

use std::cmp::Ordering;

use crate::common_prefix::common_prefix_length;

/// Compares two strings in upstream's order.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let same = common_prefix_length(left, right);
    let rank = |bytes: &[u8]| bytes.get(same).map(|byte| if *byte == b'/' { 0 } else { u16::from(*byte) + 1 });
    rank(left).cmp(&rank(right))
}

/// Whether a byte may occur in a component of a path.
fn is_in_component(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_before_slash(byte) || byte == b'_'
}

/// Whether a byte that may occur in a component comes before `/`.
fn is_before_slash(byte: u8) -> bool {
    matches!(byte, b'-' | b'.')
}

/// The length of the part of a name that a walk returns: all of a path, and only the directories, including the last
/// `/`, of a name that is not a path.
pub(super) fn visible_length(name: &str) -> usize {
    let mut start = 1;
    for (at, byte) in name.bytes().enumerate().skip(1) {
        match byte {
            b'/' if at == start => return start,
            b'/' => start = at + 1,
            byte if is_in_component(byte) => {}
            _ => return start,
        }
    }
    name.len()
}

/// The directories, each with a `/` at its end, that OSS lists after a name although upstream has them before it:
/// `/lib/` for `/lib-x`. The shortest comes first, and none is shorter than `from`. Only the valid part of a name that
/// is not a path counts, because a walk does not return what follows.
pub(super) fn directories_later(name: &str, from: usize) -> impl Iterator<Item = String> {
    let bytes = name.as_bytes();
    let mut start = from;
    let valid = bytes.iter().enumerate().skip(from).map_while(move |(at, byte)| match byte {
        b'/' if at == start => None,
        b'/' => {
            start = at + 1;
            Some(None)
        }
        byte if is_before_slash(*byte) && at > start => Some(Some(at)),
        byte => is_in_component(*byte).then_some(None),
    });
    valid.flatten().filter_map(|at| name.get(..at).map(|directory| [directory, "/"].concat()))
}

/// A string that comes after every path in a directory, in upstream's order and in byte order: `~` comes after every
/// byte that a component may contain.
pub(super) fn end_of(directory: &str) -> String {
    [directory, "~"].concat()
}

/// Whether no path in a directory, whose name ends in `/`, comes after `passed`.
pub(super) fn is_passed(directory: &str, passed: &str) -> bool {
    compare(passed, &end_of(directory)).is_ge()
}

/// The outermost directory of a name, within the region, whose paths are all passed; without the `/`.
pub(super) fn passed_directory<'a>(region: &str, name: &'a str, passed: &str) -> Option<&'a str> {
    let slashes = name.bytes().enumerate().skip(region.len()).filter(|(_, byte)| *byte == b'/');
    let mut directories = slashes.filter_map(|(at, _)| Some((name.get(..at)?, name.get(..=at)?)));
    directories.find(|(_, directory)| is_passed(directory, passed)).map(|(name, _)| name)
}

/// Where the listing of a region can continue. The listing has come to `after`, and everything up to `passed` in
/// upstream's order is done. The returned string comes before every name that is still wanted, in byte order.
pub(super) fn skip<'a>(region: &str, after: &'a str, passed: &str) -> std::borrow::Cow<'a, str> {
    let same = common_prefix_length(after.as_bytes(), passed.as_bytes());
    let at = |text: &str| text.as_bytes().get(same).copied();
    let is_done = compare(after, passed).is_lt();
    let candidate = match (at(after), at(passed)) {
        // This whole directory is done: `/lib/` if `/lib-x` was the last one passed.
        (Some(b'/'), Some(byte)) if is_done && byte < b'/' => after.get(..=same).map(end_of),
        // Continue with the next component of what was passed last, in the directory that contains both.
        (_, Some(byte)) if is_done && byte != b'/' && passed.starts_with(region) => {
            let end = passed.get(same..).and_then(|rest| rest.find('/')).map_or(passed.len(), |length| same + length);
            passed.get(..end).map(str::to_owned)
        }
        _ => None,
    };
    match candidate {
        Some(candidate) if *candidate > *after => candidate.into(),
        _ => after.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slash_comes_first() {
        for (left, right) in
            [("/lib", "/lib/a"), ("/lib/z", "/lib-x"), ("/lib/z", "/lib.x"), ("/lib-x", "/lib.x"), ("", "/")]
        {
            assert!(compare(left, right).is_lt() && compare(right, left).is_gt(), "{left} {right}");
        }
        assert!(compare("/a", "/a").is_eq());
    }

    #[test]
    fn what_a_walk_shows() {
        for (name, is) in
            [("/a/b", "/a/b"), ("/a/b c", "/a/"), ("/a b/c", "/"), ("/a//b", "/a/"), ("/a/", "/a/"), ("//", "/")]
        {
            assert_eq!(&name[..visible_length(name)], is, "{name}");
        }
    }

    #[test]
    fn directories_that_oss_lists_later() {
        let later = |name, from| directories_later(name, from).collect::<Vec<_>>();
        assert_eq!(later("/r/my.lib-x/a.b", 1), ["/r/my/", "/r/my.lib/", "/r/my.lib-x/a/"]);
        assert_eq!(later("/r/my.lib-x/a.b", 3), ["/r/my/", "/r/my.lib/", "/r/my.lib-x/a/"]);
        assert_eq!(later("/r/.hidden", 1), [""; 0], "a directory without a name is none");
        assert_eq!(later("/r/a-b c/d-e", 1), ["/r/a/"]);
        assert_eq!(later("/r//d-e", 1), [""; 0]);
    }

    #[test]
    fn directories_that_are_passed() {
        for (passed, is) in
            [("/r/lib/~", true), ("/r/lib-x", true), ("/r/m", true), ("/r/lib", false), ("/r/lib/z", false)]
        {
            assert_eq!(is_passed("/r/lib/", passed), is, "{passed}");
        }
        assert_eq!(passed_directory("/r/", "/r/lib/a/b", "/r/lib-x"), Some("/r/lib"));
        assert_eq!(passed_directory("/r/", "/r/lib/a/b", "/r/lib/a-"), Some("/r/lib/a"));
        assert_eq!(passed_directory("/r/", "/r/lib/a/b", "/r/lib/a/b"), None);
    }

    #[test]
    fn what_is_done_is_skipped() {
        for (after, passed, expected) in [
            ("/r/lib/c", "/r/lib-x/a", "/r/lib/~"),
            ("/r/lib/c", "/r/lib/d/e", "/r/lib/d"),
            ("/r/a", "/r/lib/d/e", "/r/lib"),
            ("/r/lib-x", "/r/lib/d/e", "/r/lib-x"),
            ("/r/lib", "/r/lib/d/e", "/r/lib"),
            ("/r/m", "/r/lib/d/e", "/r/m"),
            ("/r/m", "/q", "/r/m"),
        ] {
            assert_eq!(skip("/r/", after, passed), expected, "{after} {passed}");
        }
    }
}
