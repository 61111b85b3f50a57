//! One page of what is in a directory, as OSS lists it.

use std::cmp::Ordering;

use super::checkpoint;
use super::driver::{Driver, unsupported};
use super::error::DriverError;
use super::path::{Path, directory_of, path_of, without_slash};
use super::stat::FileInfo;
use crate::beginning::shared;
use crate::key::{MAX_OBJECT_NAME, Root};
use crate::oss::{ListFrom, ListRequest, ListedObject, MAX_KEYS};
use crate::ports::Ports;

/// Which page of a directory to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageOptions<'a> {
    /// Everything below the directory instead of what is directly in it.
    pub recursive: bool,
    /// Leaves out what comes up to and including this string.
    pub start_after: Option<&'a str>,
    /// The most entries, 1 to 1000; 1000 otherwise.
    pub limit: Option<u32>,
}

/// A page of what is in a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPage {
    /// The entries, in the byte order of their paths, a directory's with `/` at its end.
    pub entries: Vec<FileInfo>,
    /// Where to go on; none where nothing follows.
    pub next: Option<String>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl<P: Ports> Driver<P> {
    /// One page of what is in a directory. A directory that is not there is empty. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] for another limit, and anything a request can fail with.
    pub async fn list_page(&self, path: &str, options: PageOptions<'_>) -> Result<DirectoryPage, DriverError> {
        let parsed = Path::parse_directory(path)?;
        let max_keys = options.limit.unwrap_or(MAX_KEYS);
        if !(1..=MAX_KEYS).contains(&max_keys) {
            return Err(unsupported(path, format!("a page has 1 to {MAX_KEYS} entries, not {max_keys}")));
        }
        let root = self.0.root();
        let Some(prefix) = parsed.prefix(root) else { return Ok(DirectoryPage::default()) };
        let one_level = !options.recursive;
        let bound = match options.start_after {
            // Every path begins with `/`, so a string that doesn't comes before all of them or after.
            Some(after) if !after.starts_with('/') && after > "/" => return Ok(DirectoryPage::default()),
            Some(after) if !after.starts_with('/') => None,
            Some(after) => Some(bound(&directory_of(root), &prefix, one_level, after)),
            None => None,
        };
        let mut continuation = None;
        loop {
            let from = match (&continuation, &bound) {
                (Some(continuation), _) => ListFrom::Page(continuation),
                // Otherwise everything in the directory comes after it. An object may have the directory's own name.
                (None, Some(bound)) if *bound >= prefix => ListFrom::After(bound),
                (None, _) => ListFrom::Start,
            };
            let request = ListRequest { key: Some(path), prefix: &prefix, one_level, from, max_keys };
            let page = self.0.client.list_objects(&request).await?;
            let last = page.objects.last().map(|object| &object.name).max(page.prefixes.last());
            let last = last.map(|name| ["/", root.strip(name).unwrap_or(name)].concat());
            match (page.next, last) {
                // A page of nothing but deleted versions tells no name to go on behind.
                (Some(next), None) => continuation = Some(next),
                (next, last) => {
                    let kept = checkpoint::directory(root);
                    let is_kept = |name: &str| name.starts_with(&kept);
                    let files = page.objects.into_iter().filter(|object| !is_kept(&object.name));
                    let files = files.filter_map(|object| file(root, object));
                    let directories = page.prefixes.into_iter().filter(|name| !is_kept(name));
                    let directories = directories.filter_map(|name| path_of(root, without_slash(name)));
                    let mut entries: Vec<_> = files.chain(directories.map(FileInfo::directory)).collect();
                    // Files and directories come in order each, which the sort finds out.
                    entries.sort_by(|one, other| compare(text(one), text(other)));
                    let after = (options.start_after.unwrap_or_default(), "");
                    entries.retain(|entry| compare(text(entry), after).is_gt());
                    return Ok(DirectoryPage { entries, next: last.filter(|_| next.is_some()), date: page.date });
                }
            }
        }
    }
}

/// A listed file; none where no path names it.
fn file(root: &Root, object: ListedObject) -> Option<FileInfo> {
    let ListedObject { name, size, modified } = object;
    Some(FileInfo { path: path_of(root, name)?, size, modified, is_dir: false, etag: None, date: None })
}

/// What entries are ordered by, in two pieces: the path, and the slash at the end of a directory's.
fn text(entry: &FileInfo) -> (&str, &'static str) {
    (&entry.path, if entry.is_dir { "/" } else { "" })
}

/// Compares two texts by their bytes.
fn compare(one: (&str, &str), other: (&str, &str)) -> Ordering {
    let same = shared(one.0.as_bytes(), other.0.as_bytes());
    let [one, other] = [one, other].map(|(path, end)| path.bytes().skip(same).chain(end.bytes()));
    one.cmp(other)
}

/// The name that what is listed comes after. OSS may list a directory once more whose content comes after a name, so where
/// one level is listed the name is one that comes after everything in it: filled up with the last character there is.
fn bound(root: &str, prefix: &str, one_level: bool, after: &str) -> String {
    let mut bound = [root, after.strip_prefix('/').unwrap_or_default()].concat();
    let below = bound.strip_prefix(prefix).filter(|_| one_level).and_then(|below| below.split_once('/'));
    if let Some((directory, _)) = below {
        bound = [prefix, directory, "/"].concat();
        while bound.len() + char::MAX.len_utf8() <= MAX_OBJECT_NAME {
            bound.push(char::MAX);
        }
    }
    bound.truncate(bound.floor_char_boundary(MAX_OBJECT_NAME));
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_comes_after_all_of_the_directory_that_it_names() {
        assert_eq!(bound("r/", "r/a/", true, "/a/b"), "r/a/b");
        assert_eq!(bound("r/", "r/a/", false, "/a/b/c"), "r/a/b/c");
        assert_eq!(bound("r/", "r/a/", true, "/a/"), "r/a/");
        for after in ["/a/b/", "/a/b/c", "/a/b/c/d"] {
            let bound = bound("r/", "r/a/", true, after);
            assert!(
                bound.starts_with("r/a/b/") && bound.as_str() > "r/a/b/\u{fffff}zzz" && bound.len() <= MAX_OBJECT_NAME
            );
        }
        assert_eq!(bound("", "", false, &["/", &"ß".repeat(600)].concat()).len(), MAX_OBJECT_NAME - 1);
    }
}
