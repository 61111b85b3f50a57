//! Upstream's order of paths: component by component, which is byte by byte with `/` before every other byte.

use std::cmp::Ordering;

use crate::beginning::shared;

/// Compares two strings in upstream's order.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let same = shared(left, right);
    let rank = |bytes: &[u8]| bytes.get(same).map(|byte| if *byte == b'/' { 0 } else { u16::from(*byte) + 1 });
    rank(left).cmp(&rank(right))
}

/// Whether a byte may stand in a component of a path.
fn is_in_component(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_before_slash(byte) || byte == b'_'
}

/// Whether a byte that may stand in a component comes before `/`.
fn is_before_slash(byte: u8) -> bool {
    matches!(byte, b'-' | b'.')
}

/// How much of a name a walk shows: all of a path, and of what is no path the directories, with a `/` at its end.
pub(super) fn shown(name: &str) -> usize {
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

/// The directories, each with a `/` at its end, that OSS lists later than a name although upstream has them earlier:
/// `/lib/` for `/lib-x`. The shortest first, from this length on. A name that is no path makes such ones up to where it ceases to
/// be one: what comes behind is given to nobody.
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

/// A string behind everything in a directory that a path names, in upstream's order and in that of bytes. (`~` comes after
/// all that a component may hold.)
pub(super) fn end_of(directory: &str) -> String {
    [directory, "~"].concat()
}

/// Whether nothing that a path names in a directory, which ends in `/`, comes after a string.
pub(super) fn is_passed(directory: &str, passed: &str) -> bool {
    compare(passed, &end_of(directory)).is_ge()
}

/// The outermost directory that a name is in, below the region, of which nothing comes after a string; without the `/`.
pub(super) fn passed_directory<'a>(region: &str, name: &'a str, passed: &str) -> Option<&'a str> {
    let slashes = name.bytes().enumerate().skip(region.len()).filter(|(_, byte)| *byte == b'/');
    let mut directories = slashes.filter_map(|(at, _)| Some((name.get(..at)?, name.get(..=at)?)));
    directories.find(|(_, directory)| is_passed(directory, passed)).map(|(name, _)| name)
}

/// Where a listing of a region can continue that has come up to `after`, when everything up to `passed` in upstream's order is
/// done: a string that no name that is still wanted comes before, in the order of bytes.
pub(super) fn skip<'a>(region: &str, after: &'a str, passed: &str) -> std::borrow::Cow<'a, str> {
    let same = shared(after.as_bytes(), passed.as_bytes());
    let at = |text: &str| text.as_bytes().get(same).copied();
    let is_done = compare(after, passed).is_lt();
    let candidate = match (at(after), at(passed)) {
        // All of this directory is done: `/lib/` when it is `/lib-x` that was last.
        (Some(b'/'), Some(byte)) if is_done && byte < b'/' => after.get(..=same).map(end_of),
        // The next component of what was last, in the directory that both are in.
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
            assert_eq!(&name[..shown(name)], is, "{name}");
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
