//! Lists a directory page by page, in OSS's order.

use std::cmp::Ordering;

use super::checkpoint;
use super::driver::{Driver, unsupported};
use super::error::DriverError;
use super::path::{Path, directory_of, path_of, without_slash};
use super::stat::FileInfo;
use crate::common_prefix::common_prefix_length;
use crate::key::{MAX_OBJECT_NAME, Root};
use crate::oss::{ListFrom, ListRequest, ListedObject, MAX_KEYS};
use crate::ports::Ports;

/// Which page of a directory to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageOptions<'a> {
    /// Whether to list everything below the directory instead of its children alone.
    pub recursive: bool,
    /// Leaves out entries up to and including this string.
    pub start_after: Option<&'a str>,
    /// The most entries, 1 to 1000; by default 1000.
    pub limit: Option<u32>,
}

/// A page of a directory's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPage {
    /// The entries, in the byte order of their paths. A directory sorts as if its path ended in `/`.
    pub entries: Vec<FileInfo>,
    /// The `start_after` of the next page; `None` if this page is the last one.
    pub next: Option<String>,
    /// The response's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl<P: Ports> Driver<P> {
    /// Lists one page of a directory. A directory that does not exist is empty. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] for a limit out of range, and anything a request can fail with.
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
            // Every path begins with `/`, so any other string comes before all paths or after all of them.
            Some(after) if !after.starts_with('/') && after > "/" => return Ok(DirectoryPage::default()),
            Some(after) if !after.starts_with('/') => None,
            Some(after) => Some(first_name_after(&directory_of(root), &prefix, one_level, after)),
            None => None,
        };
        let mut continuation = None;
        loop {
            let from = match (&continuation, &bound) {
                (Some(continuation), _) => ListFrom::Page(continuation),
                // If the bound comes before the prefix, everything in the directory is wanted. The bound may equal the
                // prefix, since an object may have the directory's own name.
                (None, Some(bound)) if *bound >= prefix => ListFrom::After(bound),
                (None, _) => ListFrom::Start,
            };
            let request = ListRequest { key: Some(path), prefix: &prefix, one_level, from, max_keys };
            let page = self.0.client.list_objects(&request).await?;
            let last = page.objects.last().map(|object| &object.name).max(page.prefixes.last());
            let last = last.map(|name| ["/", root.strip(name).unwrap_or(name)].concat());
            match (page.next, last) {
                // A page that holds deleted versions only names no entry after which the caller could continue.
                (Some(next), None) => continuation = Some(next),
                (next, last) => {
                    let kept = checkpoint::directory(root);
                    let is_kept = |name: &str| name.starts_with(&kept);
                    let files = page.objects.into_iter().filter(|object| !is_kept(&object.name));
                    let files = files.filter_map(|object| file(root, object));
                    let directories = page.prefixes.into_iter().filter(|name| !is_kept(name));
                    let directories = directories.filter_map(|name| path_of(root, without_slash(name)));
                    let mut entries: Vec<_> = files.chain(directories.map(FileInfo::directory)).collect();
                    // Files and directories are sorted among themselves, which makes this sort fast.
                    entries.sort_by(|one, other| compare(sort_key(one), sort_key(other)));
                    let after = (options.start_after.unwrap_or_default(), "");
                    entries.retain(|entry| compare(sort_key(entry), after).is_gt());
                    return Ok(DirectoryPage { entries, next: last.filter(|_| next.is_some()), date: page.date });
                }
            }
        }
    }
}

/// A listed file; `None` if its name is not a path.
fn file(root: &Root, object: ListedObject) -> Option<FileInfo> {
    let ListedObject { name, size, modified } = object;
    Some(FileInfo { path: path_of(root, name)?, size, modified, is_dir: false, etag: None, date: None })
}

/// The text that entries are sorted by, in two pieces: the path, and the slash at the end of a directory's path.
fn sort_key(entry: &FileInfo) -> (&str, &'static str) {
    (&entry.path, if entry.is_dir { "/" } else { "" })
}

/// Compares two sort keys by their bytes.
fn compare(one: (&str, &str), other: (&str, &str)) -> Ordering {
    let same = common_prefix_length(one.0.as_bytes(), other.0.as_bytes());
    let [one, other] = [one, other].map(|(path, end)| path.bytes().skip(same).chain(end.bytes()));
    one.cmp(other)
}

/// The object name after which a listing begins. If one level is listed and `after` lies in a child directory, OSS
/// would list that directory again, so the name is one that comes after everything in it: filled up with the last
/// character of Unicode.
fn first_name_after(root: &str, prefix: &str, one_level: bool, after: &str) -> String {
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
        assert_eq!(first_name_after("r/", "r/a/", true, "/a/b"), "r/a/b");
        assert_eq!(first_name_after("r/", "r/a/", false, "/a/b/c"), "r/a/b/c");
        assert_eq!(first_name_after("r/", "r/a/", true, "/a/"), "r/a/");
        for after in ["/a/b/", "/a/b/c", "/a/b/c/d"] {
            let bound = first_name_after("r/", "r/a/", true, after);
            assert!(
                bound.starts_with("r/a/b/") && bound.as_str() > "r/a/b/\u{fffff}zzz" && bound.len() <= MAX_OBJECT_NAME
            );
        }
        assert_eq!(first_name_after("", "", false, &["/", &"ß".repeat(600)].concat()).len(), MAX_OBJECT_NAME - 1);
    }
}
